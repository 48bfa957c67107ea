"""Grades are exported from the database itself, whether a course runs or not."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from course_service.database import upgrade_database
from course_service.store import Store
from hub_config.settings import Settings
from operator_cli.main import cli
from tests.course_service.course_plans import failing, judged, passing, write_course


@pytest.fixture
def course(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A course of lab2 and lab1, and what two learners did; the command is called in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    file = write_course(tmp_path, "[{lab: lab2, due: 2026-01-02 03:04}, {lab: lab1}]")
    monkeypatch.setenv("CONTAINRLAB_COURSE_FILE", str(file))
    upgrade_database(settings.course_db_url)
    store = Store(settings.course_db_url)
    judged(store, failing(), "o'brien", "lab2")
    judged(store, passing(), "o'brien", "lab2")
    judged(store, passing(), "ada")
    store.close()


def export(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["grades", "export", *arguments])


def lines(text: str) -> list[dict[str, str]]:
    """The CSV's rows."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_grades_go_to_a_file_that_is_never_overwritten(course, tmp_path):
    answer = export()
    assert (answer.exit_code, answer.stdout) == (0, "4 lines are in grades.csv\n"), answer.output
    written = (tmp_path / "grades.csv").read_bytes()
    rows = lines(written.decode())
    assert [(row["learner"], row["lab"], row["state"], row["is_late"]) for row in rows] == [
        ("ada", "lab2", "not_started", "false"),
        ("ada", "lab1", "passed", "false"),
        ("o'brien", "lab2", "passed", "true"),
        ("o'brien", "lab1", "not_started", "false"),
    ]
    assert rows[0]["due_at"] == "2026-01-02T03:04:00+01:00"
    again = export()
    assert (again.exit_code, "nothing is overwritten" in again.stderr) == (2, True)
    assert (tmp_path / "grades.csv").read_bytes() == written


def test_one_lab_and_one_learner_go_to_standard_output_alone(course, tmp_path):
    answer = export("-", "--lab", "lab2", "--learner", "o'brien")
    (row,) = lines(answer.stdout_bytes.decode())
    assert (row["learner"], row["lab"], row["attempts"]) == ("o'brien", "lab2", "2")
    assert not (tmp_path / "grades.csv").exists()


def test_attempts_and_json(course, tmp_path):
    assert export("--attempts", "--json", "--lab", "lab2").exit_code == 0
    attempts = json.loads((tmp_path / "attempts.json").read_text())
    assert [(one["learner"], one["passed"], one["failing_codes"]) for one in attempts] == [
        ("o'brien", False, "healthcheck_failed"),
        ("o'brien", True, ""),
    ]
    assert [row["attempt"] for row in lines(export("-", "--attempts").stdout)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lab", "lab3"], "There is no lab 'lab3'"),
        (["--learner", "mallory"], "There is no learner 'mallory'"),
        (["nowhere/grades.csv"], "nowhere/grades.csv cannot be written"),
    ],
)
def test_what_there_is_not_is_told_and_nothing_is_written(course, tmp_path, arguments, said):
    answer = export(*arguments)
    assert (answer.exit_code, said in answer.stderr) == (2, True), answer.output
    assert not list(tmp_path.glob("*grades*"))
