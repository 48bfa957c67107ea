"""One place and two learners, with sessions of the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import docker
import pytest

from operator_cli.waiting import wait_for
from spawner.labels import Role, label_filters, session_owner
from tests.hub_visitor import START_SECONDS, HubVisitor
from tests.running_course import PASSWORD, Course, own_settings, run_course

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]


@pytest.fixture
def small_course(
    engine: docker.APIClient, image_store: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Course]:
    overrides = {
        **own_settings(
            "containrlab-test-places", bridge_prefix="cw", networks="10.214.13.0/24", first_port=18120
        ),
        "CONTAINRLAB_SESSIONS": "1",
        "CONTAINRLAB_JUDGE_SPARES": "0",
    }
    with run_course(engine, tmp_path_factory.mktemp("course"), overrides) as course:
        yield course


def test_second_learner_is_let_in_when_the_firsts_session_is_gone(
    small_course: Course, engine: docker.APIClient
):
    ann, ben = (HubVisitor(small_course.url, name) for name in ("ann", "ben"))
    for learner in (ann, ben):
        learner.sign_in(PASSWORD)

    def owners() -> list[str]:
        filters = label_filters(small_course.settings.instance, Role.SESSION)
        names = [one["Names"][0].lstrip("/") for one in engine.containers(all=True, filters=filters)]
        return [session_owner(small_course.settings.instance, name) for name in names]

    ann.start_server()
    assert ben.ask("POST", "users/ben/server").status_code == 202
    assert _told(ben).startswith("You are 1st in line; about")
    assert owners() == ["ann"], "nothing is made for who waits"
    before = datetime.now(UTC)
    ann.stop_server()
    assert wait_for(lambda: ben.server()["ready"], START_SECONDS)
    assert owners() == ["ben"]
    assert datetime.fromisoformat(ben.server()["started"]) > before, "time counts from the place"

    assert ann.ask("POST", "users/ann/server").status_code == 202
    stopped = datetime.now(UTC)  # the engine remembers 256 events alone
    small_course.stop()
    assert owners() == []
    made = engine.events(
        since=stopped,
        until=datetime.now(UTC),
        filters={**label_filters(small_course.settings.instance, Role.SESSION), "event": "create"},
        decode=True,
    )
    names = [event["Actor"]["Attributes"]["name"] for event in made if event["Type"] == "container"]
    assert names == [], "a hub that stops lets in"


def _told(learner: HubVisitor) -> str:
    with learner.ask("GET", f"users/{learner.name}/server/progress", stream=True) as events:
        for line in events.iter_lines(decode_unicode=True):
            event = json.loads(line.removeprefix("data: ")) if line else {}
            if event.get("waits"):
                return str(event["message"])
    raise AssertionError("the page was told nothing")
