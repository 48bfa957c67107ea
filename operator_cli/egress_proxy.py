"""The egress proxy: squid with a list of package registries, all that builds and sessions reach outside.

Configured from the settings, run as a user of its own, and started again when it dies. It is shared by the
commands that need it at one time (`up`, any number of `judge`): the last one ends it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub_config.settings import Settings

from .egress_config import (
    CONFIG_FILE,
    ERRORS_FOLDER,
    FORBIDDEN_FILE,
    LOG_FILE,
    render_answers,
    render_config,
    render_forbidden,
)
from .egress_log import EgressLog, RawLog
from .egress_owners import NetworkOwners
from .errors import EgressProxyFailed, NeedsRoot, PortInUse
from .locks import make_state_dir, shared_state_lock, state_lock
from .own_addresses import list_own_addresses
from .own_process import OwnProcess
from .packages import Packages, is_root
from .ports import answers
from .progress import Progress
from .waiting import wait_for
from .watching import watching

PACKAGE = "squid"
USER = "containrlab-egress"
START_SECONDS = 10
_NAME = "egress-proxy"
_SETTING = "CONTAINRLAB_EGRESS_PORT"
_SQUID = "/usr/sbin/squid"
_SQUIDS_ANSWERS = Path("/usr/share/squid/errors/templates")


@contextmanager
def egress_proxy(
    settings: Settings, packages: Packages, progress: Progress, *, accept_other: bool = False
) -> Iterator[None]:
    """Have the proxy run, and its log written, while the block does.

    With `accept_other`, a proxy of another state folder that answers on the port will do. Raises
    `EgressProxyFailed`, `PortInUse`, `PackagesMissing`, `NeedsRoot` and `SettingError`.
    """
    with shared_state_lock(settings, f"{_NAME}-users") as is_last_user:
        proxy = _EgressProxy(settings, progress)
        if accept_other and not proxy.is_current() and answers(settings.egress_port):
            yield
            return
        proxy.ensure(packages)
        try:
            with watching(_NAME, proxy.look), watching("egress-log", proxy.log.look):
                yield
        finally:
            if is_last_user():
                proxy.end()


class _EgressProxy:
    """squid of one state folder, with its files where its user can read them."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        # Not in the state folder, which squid's user may not enter. No two proxies have one port.
        self._folder = Path(f"/run/containrlab-egress-{settings.egress_port}")
        self._config_file = self._folder / CONFIG_FILE
        self.process = OwnProcess(_NAME, make_state_dir(settings), marker=str(self._config_file))
        raw = RawLog(
            self._folder / LOG_FILE, self._folder / "place", lambda: self.process.send_signal(signal.SIGUSR1)
        )
        self.log = EgressLog(settings, raw, NetworkOwners(), progress)

    def is_current(self) -> bool:
        """True where it runs with the settings as they are."""
        return self.process.is_alive() and all(
            file.exists() and file.read_text(encoding="utf-8") == text for file, text in self._files().items()
        )

    def ensure(self, packages: Packages) -> None:
        """Install, configure and start it, as far as that is not done."""
        with state_lock(self._settings, f"{_NAME}-start", self._progress):
            if self.is_current():
                return
            self.process.end()
            if not is_root():
                raise NeedsRoot("Starting the egress proxy")
            packages.install(PACKAGE)
            self._start(_find_or_make_user())

    def look(self) -> None:
        """Start it again where it has died."""
        if self.process.is_alive():
            return
        with state_lock(self._settings, f"{_NAME}-start", self._progress):
            if self.process.is_alive():
                return
            self._progress.warn("The egress proxy has died; starting it again")
            try:
                self._start(_find_or_make_user())
            except (EgressProxyFailed, PortInUse) as error:
                self._progress.warn(str(error))

    def end(self) -> None:
        """End it, write the rest of its log, and leave none of its files."""
        self.process.end()
        self.log.append_new()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, user: pwd.struct_passwd) -> None:
        port = self._settings.egress_port
        if answers(port):
            raise PortInUse(port, "the egress proxy", _SETTING)
        self._write_files(user)
        self._check_config()
        self.process.start(
            [
                "setpriv",
                f"--reuid={user.pw_uid}",
                f"--regid={user.pw_gid}",
                *("--clear-groups", "--inh-caps=-all", "--no-new-privs"),
                *(_SQUID, "-N", "-d", "0", "-f", str(self._config_file)),
            ],
            cwd=make_state_dir(
                self._settings
            ),  # by which doctor knows whose it is; squid itself may not look
        )
        wait_for(lambda: answers(port) or self.process.exit_code() is not None, START_SECONDS)
        if not answers(port):
            self.process.end()
            raise EgressProxyFailed(
                "The egress proxy did not start",
                f"squid does not answer on port {port}",
                f"see {self.process.log_file}, or try: {_SQUID} -N -d 1 -f {self._config_file}",
                log_tail=self.process.log_tail(),
            )

    def _files(self) -> dict[Path, str]:
        """What the settings alone decide."""
        names = [file.name for file in _SQUIDS_ANSWERS.glob("ERR_*")]
        texts = render_answers(self._settings, names)
        return {
            self._config_file: render_config(self._settings, self._folder),
            **{self._folder / ERRORS_FOLDER / name: text for name, text in texts.items()},
        }

    def _write_files(self, user: pwd.struct_passwd) -> None:
        logs = (self._folder / LOG_FILE).parent
        for folder in (self._folder, self._folder / ERRORS_FOLDER, logs):
            folder.mkdir(mode=0o755, exist_ok=True)
        logs.chmod(0o700)
        os.chown(logs, user.pw_uid, user.pw_gid)
        files = self._files()
        files[self._folder / FORBIDDEN_FILE] = render_forbidden(self._settings, list_own_addresses())
        for file, text in files.items():
            file.write_text(text, encoding="utf-8")

    def _check_config(self) -> None:
        command = [_SQUID, "-k", "parse", "-f", str(self._config_file)]
        answer = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        words = [line for line in answer.stderr.splitlines() if "Processing" not in line]
        if answer.returncode != 0:
            raise EgressProxyFailed(
                "The egress proxy's configuration is not accepted",
                f"squid -k parse ended with {answer.returncode}",
                f"see what squid says: {' '.join(command)}",
                log_tail=words[-10:],
            )


def _find_or_make_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise EgressProxyFailed(
                "The egress proxy has no user of its own",
                f"useradd ended with {answer.returncode}: {answer.stderr.strip()}",
                f"create the user by hand: {' '.join(command)}",
            ) from None
    return pwd.getpwnam(USER)
