"""A PostgreSQL server of the tests' own: made, started and thrown away, beside whatever runs on the machine.

Only its Unix socket is open, and every connection needs the password.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType

import psycopg
import pytest

from hub_config.settings import Settings
from operator_cli.postgres_tools import find_program
from operator_cli.waiting import wait_for

KINDS = ("sqlite", "postgresql")
PASSWORD = "canary-of-the-database"
START_SECONDS = 30
MISSING = "PostgreSQL's initdb and postgres are not here; apt-get install --no-install-recommends postgresql"
_USER = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
"""initdb and postgres refuse to run as root."""


def has_postgres() -> bool:
    """True where its own programs are on this machine."""
    return find_program("initdb") is not None and find_program("postgres") is not None


def settings_for(kind: str, settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """The settings with an empty database of one of `KINDS`."""
    if kind == "sqlite":
        return settings
    server: PostgresServer = request.getfixturevalue("postgres")
    return replace(settings, db_url=server.new_database())


class PostgresServer:
    """The running server; each test takes a database of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cl-postgres-"))
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """As an operator would set it."""
        return f"postgresql://course:{PASSWORD}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"course{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Make the cluster where there is none, and return when it answers."""
        data = self.folder / "data"
        as_user = _USER if os.geteuid() == 0 else ()
        if not data.exists():
            self.folder.chmod(0o755)
            secret = self.folder / "secret"
            secret.write_text(PASSWORD)
            if as_user:
                for path in (self.folder, secret):
                    shutil.chown(path, "nobody", "nogroup")
            options = ["--username=course", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
            self._run([*as_user, str(find_program("initdb")), *options, f"--pgdata={data}"])
        quick = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*as_user, str(find_program("postgres")), "-D", str(data), *quick],
                cwd="/",
                stdout=log,
                stderr=log,
            )
        if not wait_for(self._answers, START_SECONDS):
            raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """End it; its data stays until the block is left."""
        if self._process is not None:
            self._process.send_signal(2)  # SIGINT: fast shutdown
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    @staticmethod
    def _run(argv: list[str]) -> None:
        subprocess.run(argv, check=True, capture_output=True, cwd="/", timeout=120)
