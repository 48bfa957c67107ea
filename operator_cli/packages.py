"""Debian packages that we need, by name: looked for, and installed by apt-get where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from .errors import NeedsRoot, PackagesMissing
from .progress import Progress

_KEPT_LINES = 15
_WITHOUT_SERVICE = frozenset({"squid"})
_POLICY = Path("/usr/sbin/policy-rc.d")
_OURS = "made by containrlab for the time of one installation"
_TOLD = ("Get:", "Unpacking", "Setting up")


def is_root() -> bool:
    """True where this process may change the machine."""
    return os.geteuid() == 0


class Packages:
    """Installs packages; the lists are fetched at most once in its life."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._has_fresh_lists = False

    def find_missing(self, *names: str) -> list[str]:
        """Those of the packages that are not installed."""
        return [name for name in names if not _is_installed(name)]

    def install(self, *names: str) -> None:
        """Make sure that the packages are installed. Raises `NeedsRoot` and `PackagesMissing`.

        Of squid we use the program alone: the service that its package brings is neither started nor enabled.
        Where squid is there already, its service is the operator's and left as it is.
        """
        missing = self.find_missing(*names)
        if not missing:
            return
        wanted = " ".join(missing)
        if shutil.which("apt-get") is None:
            raise PackagesMissing(
                f"Not installed: {wanted}",
                "there is no apt-get here to install them with",
                "use Debian or Ubuntu, or install them by hand",
            )
        if not is_root():
            raise NeedsRoot(f"Installing {wanted}")
        without_service = _WITHOUT_SERVICE.intersection(missing)
        with self._progress.step(f"Installing {wanted}"), _start_denied(without_service):
            if not self._has_fresh_lists:
                self._apt_get(wanted, "update")
                self._has_fresh_lists = True
            self._apt_get(wanted, "install", "--yes", "--no-install-recommends", *missing)
        for service in without_service:
            # As Debian has it for administrators, with systemd and without; a later upgrade respects it.
            subprocess.run(["update-rc.d", service, "disable"], capture_output=True, check=False)

    def _apt_get(self, wanted: str, *arguments: str) -> None:
        command = ["apt-get", "-q", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", *arguments]
        tail: deque[str] = deque(maxlen=_KEPT_LINES)
        with subprocess.Popen(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            for line in process.stdout:
                tail.append(line.rstrip())
                if line.startswith(_TOLD):
                    self._progress.update(line.rstrip())
        if process.returncode != 0:
            raise PackagesMissing(
                f"Not installed: {wanted}",
                f"apt-get {arguments[0]} ended with {process.returncode}",
                f"see what it says: apt-get update && apt-get install {wanted}",
                log_tail=tuple(tail),
            )


@contextmanager
def _start_denied(services: Set[str]) -> Iterator[None]:
    """While packages are set up, deny these services their start, by Debian's policy-rc.d (invoke-rc.d(8)).

    A machine that has a policy of its own keeps it, as most containers do: theirs denies every service.
    """
    has_other = _POLICY.exists() and _OURS not in _POLICY.read_text(encoding="utf-8", errors="replace")
    if has_other or not services:
        yield
        return
    denied = "|".join(f"{service}|{service}.service" for service in sorted(services))
    policy = f'#!/bin/sh\n# {_OURS}\ncase "$1" in {denied}) exit 101;; esac\nexit 0\n'
    _POLICY.write_text(policy, encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _is_installed(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout == "installed"
