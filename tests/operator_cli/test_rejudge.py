"""`containrlab rejudge`: says what would change, changes it only when told, and keeps what was."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from course_service.catalogue import load_catalogue
from course_service.database import upgrade_database
from course_service.judge import not_graded
from course_service.store import Store
from course_service.submission import Submission, read_folder
from course_service.verdict import CheckResult, CheckStatus, Evidence, JudgeResult
from hub_config.settings import ROOT, Settings
from operator_cli.main import cli

SOLUTION = ROOT / "lab_notebooks" / "lab1" / "judge" / "solution"
WITHOUT_DOCKERFILE = Submission({"app.py": b""})
"""Is judged without a sandbox, at once."""

pytestmark = pytest.mark.engine


def rejudge(*arguments: str) -> Result:
    """Run the command on lab1."""
    return CliRunner().invoke(cli, ["rejudge", "--lab", "lab1", *arguments])


@pytest.fixture
def store(settings: Settings) -> Store:
    """The course's database, empty."""
    upgrade_database(settings.course_db_url)
    return Store(settings.course_db_url)


def add(store: Store, user: str, submission: Submission, stored: JudgeResult) -> int:
    lab = load_catalogue(ROOT / "lab_notebooks").find("lab1")
    stopped = not_graded(lab, submission, "stopped")
    attempt = store.add_attempt(
        user=user, server_name="", lab="lab1", submission=submission, if_interrupted=stopped
    )
    store.finish_attempt(attempt.id, stored)
    return attempt.id


def wrongly(status: CheckStatus) -> JudgeResult:
    """A stored verdict that a new one will differ from."""
    evidence = Evidence(context_digest="", lab_version="", judge_version="")
    return JudgeResult((CheckResult("It builds", status),), (), evidence)


@pytest.mark.usefixtures("as_operator")
def test_a_verdict_changes_only_with_apply_and_the_old_one_is_kept(store: Store):
    attempt_id = add(store, "[red]ada", WITHOUT_DOCKERFILE, wrongly(CheckStatus.PASSED))
    before = store.find_attempt(attempt_id, user="[red]ada").result

    told = rejudge()
    assert told.exit_code == 0, told.output
    assert "1 attempts judged again, 1 would change" in told.stdout
    assert "[red]ada" in told.stdout
    assert store.find_attempt(attempt_id, user="[red]ada").result == before

    applied = rejudge("--apply", "--json")
    (row,) = json.loads(applied.stdout)["attempts"]
    assert (row["before"]["passed"], row["after"]["passed"], row["outcome"]) == (True, False, "changed")
    assert store.find_attempt(attempt_id, user="[red]ada").result["passed"] is False
    assert store.earlier_results(attempt_id) == [before]

    again = rejudge()
    assert "1 attempts judged again, 0 would change" in again.stdout
    store.close()


@pytest.mark.usefixtures("as_operator")
def test_an_attempt_that_builds_is_judged_again_in_a_sandbox(store: Store):
    attempt_id = add(store, "ada", read_folder(SOLUTION), wrongly(CheckStatus.FAILED))
    before = store.find_attempt(attempt_id, user="ada").result
    applied = rejudge("--apply", "--json")
    assert applied.exit_code == 0, applied.output
    (row,) = json.loads(applied.stdout)["attempts"]
    assert (row["before"]["passed"], row["after"]["passed"], row["outcome"]) == (False, True, "changed")
    assert store.find_attempt(attempt_id, user="ada").result["passed"] is True
    assert store.earlier_results(attempt_id) == [before]
    store.close()


@pytest.mark.usefixtures("as_operator")
def test_attempts_are_chosen_by_time_and_learner(store: Store):
    evidence = Evidence(context_digest="", lab_version="", judge_version="")
    add(store, "ada", WITHOUT_DOCKERFILE, JudgeResult((), (), evidence))
    assert json.loads(rejudge("--json", "--since", "2999-01-01").stdout)["attempts"] == []
    assert json.loads(rejudge("--json", "--user", "bob").stdout)["attempts"] == []
    assert (
        len(json.loads(rejudge("--json", "--user", "ada", "--since", "2026-01-01").stdout)["attempts"]) == 1
    )
    store.close()
