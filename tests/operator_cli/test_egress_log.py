"""Each of squid's lines reaches the log once, whatever is renamed, cut short or planted."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from hub_config.settings import Settings
from operator_cli import egress_log
from operator_cli.egress_log import LOG_NAME, EgressLog, RawLog
from operator_cli.egress_owners import NetworkOwners
from operator_cli.locks import try_state_lock
from operator_cli.progress import Progress

LINE = "1795645182.459 35 127.0.0.1 CONNECT {} 443 200 - 83003 889\n"


class Squid:
    """Writes lines as squid does, to the file that it has open."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "access.raw"
        self.reopen()

    def reopen(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)

    def write(self, text: str) -> None:
        os.write(self._file, text.encode())


@pytest.fixture
def squid(tmp_path: Path) -> Squid:
    """squid, having begun its log."""
    return Squid(tmp_path)


@pytest.fixture
def reopened() -> list[bool]:
    """One entry for each time that squid was told to begin a new file."""
    return []


@pytest.fixture
def raw(squid: Squid, reopened: list[bool]) -> RawLog:
    """Its log, read."""
    return make_raw(squid, reopened)


def make_raw(squid: Squid, reopened: list[bool]) -> RawLog:
    return RawLog(squid.path, squid.path.parent / "place", lambda: reopened.append(True))


def test_lines_are_taken_once(raw: RawLog, squid: Squid):
    assert raw.take() == []
    squid.write("one\ntwo\n")
    assert raw.take() == ["one", "two"]
    squid.write("three\n")
    assert raw.take() == ["three"]
    assert raw.take() == []


def test_another_command_goes_on_where_one_ended(raw: RawLog, squid: Squid, reopened: list[bool]):
    squid.write("one\n")
    raw.take()
    squid.write("two\n")
    assert make_raw(squid, reopened).take() == ["two"]


def test_half_a_line_waits_for_the_rest(raw: RawLog, squid: Squid):
    squid.write("one\ntw")
    assert raw.take() == ["one"]
    squid.write("o\n")
    assert raw.take() == ["two"]


def test_a_full_file_is_left_without_losing_a_line(
    raw: RawLog, squid: Squid, reopened: list[bool], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(egress_log, "RAW_BYTES", 5)
    squid.write("one\ntwo\n")
    assert raw.take() == ["one", "two"]
    assert reopened == [True]
    squid.write("three\n")  # before squid has done as told
    assert raw.take() == ["three"]
    squid.write("four\n")
    squid.reopen()
    squid.write("five\n")
    assert raw.take() == ["four"]
    assert raw.take() == ["five"]
    assert sorted(file.name for file in squid.path.parent.iterdir()) == ["access.raw", "place"]


@pytest.mark.parametrize("plant", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_what_squids_user_plants_is_not_read(raw: RawLog, squid: Squid, plant):
    squid.path.unlink()
    plant(squid.path)
    assert raw.take() == []


@pytest.fixture
def log(settings: Settings, raw: RawLog, progress: Progress) -> EgressLog:
    """The log of an engine without sessions."""
    return EgressLog(settings, raw, NetworkOwners(list), progress)


def hosts(settings: Settings) -> list[str]:
    lines = (settings.state_dir / LOG_NAME).read_text(encoding="ascii").splitlines()
    return [json.loads(line)["host"] for line in lines]


def test_the_log_is_its_owners_alone_and_has_no_line_that_is_none(
    log: EgressLog, squid: Squid, settings: Settings
):
    squid.write(LINE.format("a.example") + "nonsense\n" + LINE.format("b.example"))
    log.append_new()
    assert hosts(settings) == ["a.example", "b.example"]
    assert (settings.state_dir / LOG_NAME).stat().st_mode & 0o777 == 0o600


def test_the_log_is_bounded(
    log: EgressLog, squid: Squid, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(egress_log, "LOG_BYTES", 1000)
    monkeypatch.setattr(egress_log, "LOG_BACKUPS", 2)
    squid.write("".join(LINE.format(f"{number}.example") for number in range(40)))
    log.append_new()
    files = sorted(settings.state_dir.glob(f"{LOG_NAME}*"))
    assert [file.name for file in files] == [LOG_NAME, f"{LOG_NAME}.1", f"{LOG_NAME}.2"]
    assert all(file.stat().st_size <= 1000 for file in files)
    assert hosts(settings)[-1] == "39.example"
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_log_that_cannot_be_written_is_said(
    log: EgressLog, squid: Squid, settings: Settings, told: io.StringIO
):
    (settings.state_dir / LOG_NAME).mkdir(parents=True)
    squid.write(LINE.format("a.example"))
    log.append_new()
    assert "The egress log could not be written: [Errno 21] Is a directory" in told.getvalue()


def test_one_command_at_a_time_writes_it(log: EgressLog, squid: Squid, settings: Settings):
    squid.write(LINE.format("a.example"))
    with try_state_lock(settings, "egress-log"):
        log.append_new()
    assert not (settings.state_dir / LOG_NAME).exists()
    log.append_new()
    assert hosts(settings) == ["a.example"]
