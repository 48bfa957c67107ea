"""A process of ours that outlives a crash of the command that started it, and is found again by its pid file.

A process counts as ours only if its command line carries our marker: a number that the kernel has given to
another process since is never signalled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .waiting import wait_for

_KILL_SECONDS = 5.0
_MARK_SECONDS = 1.0
_TAIL_LINES = 30


class OwnProcess:
    """One program, with `NAME.pid` and `NAME.log` in `folder`; `marker` is part of its command line."""

    def __init__(self, name: str, folder: Path, marker: str, pid_file: Path | None = None) -> None:
        self.pid_file = pid_file or folder / f"{name}.pid"
        self.log_file = folder / f"{name}.log"
        self._marker = marker
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        umask: int = -1,
        goes_on: bool = False,
    ) -> None:
        """Start it in a session of its own, so that a Ctrl-C at our terminal is ours to pass on.

        Its log is begun anew, and the one before is kept beside it; with `goes_on`, for one that is started
        again, the log goes on. `umask` -1 leaves it as it is.
        """
        if self.log_file.exists() and not goes_on:
            self.log_file.replace(self.log_file.with_suffix(".log.before"))
        log = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=umask,
            )
        finally:
            os.close(log)
        self.pid_file.write_text(f"{self._child.pid}\n", encoding="ascii")
        # For a moment the kernel shows no command line yet, by which another command would know it.
        child = self._child
        wait_for(lambda: self._marker in _command_line(child.pid) or child.poll() is not None, _MARK_SECONDS)

    def leave_running(self) -> None:
        """It is to outlive this command: from here on it is known by its pid file and marker alone."""
        if self._child is not None:
            # Should it end first, its number must be free: dockerd starts on no pid file of a zombie.
            threading.Thread(target=self._child.wait, name="reaper", daemon=True).start()
            self._child = None

    def is_alive(self) -> bool:
        """True while it runs, whoever started it."""
        return self._find() is not None

    def exit_code(self) -> int | None:
        """How our own child ended; None while it runs."""
        return self._child.poll() if self._child else None

    def wait(self) -> None:
        """Return when our own child has ended."""
        if self._child is not None:
            self._child.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Signal it, where it runs."""
        pid = self._find()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self, *, grace_seconds: float = 10) -> bool:
        """Ask it to end, and kill it where it does not; False where it was not running."""
        pid = self._find()
        if pid is not None:
            _end_group(pid, grace_seconds, is_gone=lambda: self._find() != pid)
        self.pid_file.unlink(missing_ok=True)
        return pid is not None

    def log_tail(self) -> list[str]:
        """The last lines that it printed."""
        try:
            text = self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return text.splitlines()[-_TAIL_LINES:]

    def _find(self) -> int | None:
        if self._child is not None and self._child.poll() is None:
            return self._child.pid  # our own child needs no marker
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return pid if self._marker in _command_line(pid) else None


def end_processes_of(folder: Path, markers: Sequence[str], *, grace_seconds: float = 10) -> list[str]:
    """End every process whose working folder is `folder` and whose command line has one of `markers`.

    Returns their command lines.
    """
    ended = []
    for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]:
        command = _command_line(pid)
        if any(marker in command for marker in markers) and _works_in(pid, folder):
            _end_group(pid, grace_seconds, is_gone=lambda pid=pid: not _command_line(pid))  # type: ignore[misc]
            ended.append(command)
    return ended


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except OSError:
        return False


def _command_line(pid: int) -> str:
    """Arguments joined by spaces; empty for a process that has ended, waited for or not."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return arguments.replace(b"\0", b" ").decode(errors="replace")


def _end_group(pid: int, grace_seconds: float, is_gone: Callable[[], bool]) -> None:
    """Signal the process, and where it leads a group its children too: a wrapper does not pass signals on."""
    for sent, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        try:
            if os.getpgid(pid) == pid:
                os.killpg(pid, sent)
            else:
                os.kill(pid, sent)
        except ProcessLookupError:
            return
        if wait_for(is_gone, seconds):
            return
