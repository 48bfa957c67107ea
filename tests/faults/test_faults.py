"""Each part of a running course killed: nothing saved is lost, learners get back in, nothing is left."""

from __future__ import annotations

import pytest
from docker.errors import NotFound
from playwright.sync_api import Browser

from operator_cli.waiting import wait_for
from tests.browsing import wait_for_lab

from .classroom import RECOVERY_SECONDS, Classroom
from .fault import (
    ALL,
    EGRESS_PROXY,
    ENGINE,
    HUB,
    INNER_ENGINE,
    PROXY,
    SERVICE,
    SESSION,
    STARTING,
    UP,
    WRITING,
    Fault,
)
from .row import BACK, Begin

pytestmark = pytest.mark.engine

JUDGE_SECONDS = 120
SLOW_DOCKERFILE = b"FROM python:3.13-slim\nRUN sleep 60\n"
SAME = "the same session, inner container and deadline"


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        pytest.param(HUB, "hub", id="hub"),
        pytest.param(PROXY, "proxy", id="proxy"),
        pytest.param(EGRESS_PROXY, "egress", id="egress proxy"),
    ],
)
def test_a_session_goes_on_without(classroom: Classroom, begin: Begin, fault: Fault, part: str):
    row = begin(fault, "ada")
    inner, before = row.learner.ensure_inner_container(), row.learner.identity()
    row.kill(part)
    assert wait_for(row.learner.visitor.is_answered, RECOVERY_SECONDS)
    assert row.learner.identity() == before
    assert row.learner.inner_containers() == [inner]
    row.end(SAME)


def test_a_session_goes_on_without_the_command_that_started_it(classroom: Classroom, begin: Begin):
    row = begin(UP, "ada")
    inner, before = row.learner.ensure_inner_container(), row.learner.identity()
    classroom.course.kill()
    assert row.learner.visitor.is_answered(), "hub and session go on"
    row.killed()
    classroom.course.start()
    assert wait_for(row.learner.visitor.is_answered, RECOVERY_SECONDS)
    assert row.learner.identity() == before
    assert row.learner.inner_containers() == [inner]
    row.end(SAME)


def test_a_course_that_stops_for_new_settings_leaves_its_sessions(classroom: Classroom):
    ada = classroom.learner("ada")
    before = ada.identity()
    told = classroom.course.leave()
    assert "Sessions that go on without a hub, until the next start:" in told
    classroom.course.start()
    assert wait_for(ada.visitor.is_answered, RECOVERY_SECONDS)
    assert ada.identity() == before


def test_an_attempt_that_loses_its_judge_is_not_graded_and_the_next_one_is(
    classroom: Classroom, begin: Begin
):
    row = begin(SERVICE, "ada")
    ada, before = row.learner, row.learner.identity()
    ada.save("lab1/Dockerfile", SLOW_DOCKERFILE)
    attempt = ada.visitor.press_check("lab1")
    assert wait_for(lambda: bool(classroom.sandboxes()), JUDGE_SECONDS)
    row.kill("service")
    verdict = ada.visitor.wait_for_verdict(attempt, RECOVERY_SECONDS)
    assert not verdict["graded"]
    assert ada.identity() == before
    ada.save("lab1/Dockerfile", b"FROM nothing-of-this-course\n")
    assert ada.visitor.check("lab1", JUDGE_SECONDS)["graded"]
    row.end(f"the same session; {verdict['notes']['fault']}")


def test_an_inner_engine_comes_back_with_its_containers(classroom: Classroom, begin: Begin):
    row = begin(INNER_ENGINE, "ada")
    inner, before = row.learner.ensure_inner_container(), row.learner.identity()
    row.killed()
    classroom.kill_in_session(row.learner, "dockerd")
    row.learner.run("bash", "-c", "until docker info; do sleep 0.1; done > /dev/null 2>&1")
    assert inner in row.learner.inner_containers("--all")
    assert row.learner.identity() == before
    row.end("the same session; docker answers")


def test_a_page_whose_session_died_leads_back(classroom: Classroom, begin: Begin, browser: Browser):
    row = begin(SESSION, "bob")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{classroom.course.url}/hub/login?next=/hub/user/bob/containrlab/open/lab1")
    page.fill("#username_input", "bob")
    page.fill("#password_input", classroom.course.password)
    page.click("#login_submit")
    wait_for_lab(page)
    row.killed()
    classroom.kill_in_session(row.learner)
    assert wait_for(row.learner.is_noticed_gone, RECOVERY_SECONDS)
    assert wait_for(lambda: not _remains(classroom, row.learner.container), RECOVERY_SECONDS)
    page.reload()
    page.get_by_role("button", name="Start again").click()
    page.get_by_text("work.txt").wait_for(timeout=RECOVERY_SECONDS * 1000)
    page.close()
    row.learner.come_back()
    row.end(f"{BACK}, with its files in JupyterLab")


def test_what_was_synced_is_there_after_a_session_died(classroom: Classroom, begin: Begin):
    row = begin(WRITING, "bob")
    with row.learner.writing() as synced:
        row.killed()
        classroom.kill_in_session(row.learner)
    assert wait_for(row.learner.is_noticed_gone, RECOVERY_SECONDS)
    row.learner.come_back()
    numbers = [int(number) for number in (row.learner.read("numbers.txt") or b"").split()]
    assert numbers[: synced[-1]] == list(range(1, synced[-1] + 1))
    row.end(f"{BACK}; all of {synced[-1]} lines")


def test_a_hub_killed_at_a_start_leaves_nothing_and_the_next_start_works(classroom: Classroom, begin: Begin):
    row = begin(STARTING, "bob")
    bob = row.learner
    bob.visitor.stop_server()
    asked = bob.visitor.ask("POST", "users/bob/server")
    assert asked.status_code in (201, 202)
    assert wait_for(lambda: _exists(classroom, bob.container), RECOVERY_SECONDS, 0.01)
    row.kill("hub")
    bob.come_back()
    row.end(BACK)


@pytest.mark.parametrize(
    ("fault", "parts"),
    [
        pytest.param(ENGINE, ["engine"], id="engine"),
        pytest.param(ALL, ["engine", "hub", "service"], id="all"),
    ],
)
def test_learners_get_back_in_after_the_engine_died(
    classroom: Classroom, begin: Begin, fault: Fault, parts: list[str]
):
    row = begin(fault, "bob")
    row.kill(*parts)
    assert wait_for(row.learner.is_noticed_gone, RECOVERY_SECONDS)
    row.learner.come_back()
    row.end(BACK)


def _exists(classroom: Classroom, container: str) -> bool:
    try:
        return bool(classroom.engine.inspect_container(container)["State"]["Running"])
    except NotFound:
        return False


def _remains(classroom: Classroom, name: str) -> list[str]:
    return [item for item in classroom.inventory() if name in item]
