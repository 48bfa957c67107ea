"""Debian packages that we need, by name: looked for, and installed by apt-get where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque

from .errors import NeedsRoot, PackagesMissing
from .progress import Progress

_KEPT_LINES = 15
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
        """Make sure that the packages are installed. Raises `NeedsRoot` and `PackagesMissing`."""
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
        with self._progress.step(f"Installing {wanted}"):
            if not self._has_fresh_lists:
                self._apt_get(wanted, "update")
                self._has_fresh_lists = True
            self._apt_get(wanted, "install", "--yes", "--no-install-recommends", *missing)

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


def _is_installed(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout == "installed"
