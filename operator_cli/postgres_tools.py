"""PostgreSQL's own programs: where they are, and a whole database written to a file and read back.

A password reaches them by their environment, which only their own user reads; never by their arguments.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from .errors import DatabaseFailed

_DEBIAN = Path("/usr/lib/postgresql")
_WITHOUT_OWNERS = ("--no-owner", "--no-privileges")


def find_program(name: str) -> Path | None:
    """The newest one of Debian's, which are not all on PATH; else what PATH has."""
    versions = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=_version)
    if versions:
        return versions[-1]
    found = shutil.which(name)
    return Path(found) if found else None


def dump_database(url: URL, file: Path) -> None:
    """Write one consistent state of the database to `file`, also while others use it.

    Raises `DatabaseFailed`.
    """
    _run("pg_dump", url, "--format=custom", *_WITHOUT_OWNERS, f"--file={file}", f"--dbname={_address(url)}")


def check_dump(file: Path) -> None:
    """Raises `DatabaseFailed` where `file` is not what `dump_database` writes."""
    _run("pg_restore", None, "--list", str(file))


def load_dump(url: URL, file: Path) -> None:
    """Put the dump in the place of what the database holds; all or nothing. Raises `DatabaseFailed`."""
    how = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error", *_WITHOUT_OWNERS)
    _run("pg_restore", url, *how, f"--dbname={_address(url)}", str(file))


def _address(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(name: str, url: URL | None, *arguments: str) -> None:
    program = find_program(name)
    if program is None:
        raise DatabaseFailed(
            f"{name} is not here",
            "PostgreSQL's own programs copy its databases",
            "apt-get install --no-install-recommends postgresql-client",
        )
    environment = dict(os.environ)
    if url is not None and url.password:
        environment["PGPASSWORD"] = str(url.password)
    answer = subprocess.run(
        [program, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if answer.returncode != 0:
        raise DatabaseFailed(
            f"{name} ended with {answer.returncode}",
            "its last words are above",
            "see that PostgreSQL answers at CONTAINRLAB_DB_URL, and that its programs here are not older "
            "than the server",
            log_tail=answer.stderr.splitlines()[-10:],
        )


def _version(program: Path) -> int:
    number = re.match(r"\d+", program.parent.parent.name)
    return int(number.group()) if number else 0
