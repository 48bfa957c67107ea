"""A real hub ends sessions at their deadline, whatever they say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from operator_cli.waiting import wait_for

from .running_hub import Hub
from .small_course import EXTENSION, LATEST, SESSION_LENGTH, SmallCourse


@pytest.fixture
def hasty_hub(hasty_course: SmallCourse) -> Hub:
    """The hub of a course whose sessions last some seconds."""
    return hasty_course.hub


def test_a_session_that_is_always_active_ends_at_the_deadline_it_was_shown(hasty_course, hasty_hub):
    token = hasty_hub.start_session("eager")["JUPYTERHUB_API_TOKEN"]
    visitor, own_token = hasty_hub.visitor(), hasty_hub.token("eager")
    server = visitor.ask("GET", "/hub/api/users/eager", token=own_token).json()["servers"][""]
    started = datetime.fromisoformat(server["started"])
    extended = visitor.ask("POST", "/services/course/api/session/extend", token=token)
    assert extended.status_code == 200, extended.text
    deadline = datetime.fromisoformat(extended.json()["expires_at"])
    assert deadline == started + SESSION_LENGTH + EXTENSION

    def has_ended_in_spite_of_activity() -> bool:
        later = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()
        activity = {"last_activity": later, "servers": {"": {"last_activity": later}}}
        visitor.ask("POST", "/hub/api/users/eager/activity", token=token, json=activity)
        user = visitor.ask("GET", "/hub/api/users/eager", token=own_token).json()
        return not user["servers"]

    assert wait_for(has_ended_in_spite_of_activity, 30)
    assert timedelta() <= datetime.now(UTC) - deadline < LATEST
    assert wait_for(lambda: hasty_course.ended_as("eager") == "deadline", 20)


def test_staff_end_a_session_and_are_no_admins_of_the_hub(hasty_course, hasty_hub):
    token = hasty_hub.start_session("learner")["JUPYTERHUB_API_TOKEN"]
    visitor, teacher, assistant = (
        hasty_hub.visitor(),
        hasty_hub.token("teacher"),
        hasty_hub.token("assistant"),
    )
    end = "/services/course/api/sessions/learner/end"
    for stranger in (token, assistant):
        assert visitor.ask("POST", end, token=stranger).status_code == 403
    members = {"users": ["assistant"]}
    visitor.ask("POST", "/hub/api/groups/course-staff/users", token=teacher, json=members)
    staff = hasty_hub.token("assistant")
    assert visitor.ask("POST", end, token=staff).status_code == 200
    assert wait_for(lambda: hasty_course.ended_as("learner") == "staff", 20)
    for method, path in (("GET", "users"), ("GET", "users/learner"), ("DELETE", "users/learner/server")):
        assert visitor.ask(method, f"/hub/api/{path}", token=staff).status_code in (403, 404)


def test_the_idle_culler_runs_and_may_look(hasty_hub):
    def asked() -> list[str]:
        log = (hasty_hub.settings.state_dir / "hub.log").read_text(encoding="utf-8")
        return [line for line in log.splitlines() if "(idle-culler@" in line]

    assert wait_for(lambda: any("GET /hub/api/users" in line for line in asked()), 70)
    assert [line for line in asked() if " 200 GET" not in line] == []
