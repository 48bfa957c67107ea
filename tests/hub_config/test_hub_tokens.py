"""What a session's token and a learner's opens at the hub, and what it does not."""

from __future__ import annotations

import pytest

from .running_hub import COURSE_HOST

FORBIDDEN = [
    ("GET", "users"),
    ("POST", "users"),
    ("GET", "users/teacher"),
    ("POST", "users/mallory"),
    ("DELETE", "users/learner"),
    ("PATCH", "users/learner"),
    ("GET", "users/learner/tokens"),
    ("POST", "users/learner/tokens"),
    ("POST", "users/learner/server"),
    ("DELETE", "users/learner/server"),
    ("POST", "users/learner/servers/second"),
    ("GET", "users/learner/server/progress"),
    ("POST", "users/teacher/server"),
    ("DELETE", "users/teacher/server"),
    ("POST", "users/teacher/activity"),
    ("GET", "groups"),
    ("POST", "groups/staff"),
    ("GET", "services"),
    ("GET", "services/course"),
    ("GET", "info"),
    ("GET", "proxy"),
    ("POST", "proxy"),
    ("PATCH", "proxy"),
    ("POST", "shutdown"),
    ("GET", "shares/learner"),
    ("POST", "shares/learner/"),
    ("GET", "users/learner/shared"),
    ("POST", "share-codes/learner/"),
    ("GET", "metrics"),
]
"""Requests of the hub's REST API that nothing in a session has a use for."""


def test_session_token_has_exactly_the_scopes_it_needs(hub, session):
    token = session("learner")["JUPYTERHUB_API_TOKEN"]
    model = hub.visitor().ask("GET", "/hub/api/user", token=token).json()
    assert set(model["scopes"]) == {
        "access:servers!server=learner/",
        "access:services!service=course",
        "users:activity!user=learner",
        # What JupyterHub lets every token read of its own user:
        "read:users:activity!user=learner",
        "read:users:groups!user=learner",
        "read:users:name!user=learner",
    }


def test_session_token_opens_nothing_else(hub, session):
    token = session("learner")["JUPYTERHUB_API_TOKEN"]
    hub.token("teacher")  # so that there is somebody to ask about
    visitor = hub.visitor()
    seen = {
        f"{method} {path}": visitor.ask(method, f"/hub/api/{path}", token=token, json={}).status_code
        for method, path in FORBIDDEN
    }
    assert {request: status for request, status in seen.items() if status not in (403, 404)} == {}


def test_session_token_opens_the_course_service_until_the_session_stops(hub):
    token = hub.start_session("leaver")["JUPYTERHUB_API_TOKEN"]
    visitor = hub.visitor()
    me = visitor.ask("GET", "/services/course/api/me", host=COURSE_HOST, token=token)
    assert me.json() == {"name": "leaver", "server": ""}
    hub.stop_session("leaver")
    assert visitor.ask("GET", "/hub/api/user", token=token).status_code == 403


def test_learner_has_one_server_and_cannot_share_it(hub, session):
    session("learner")
    token, visitor = hub.token("learner"), hub.visitor()
    second = visitor.ask("POST", "/hub/api/users/learner/servers/second", token=token)
    assert second.status_code == 400
    assert "Named servers are not enabled" in second.text
    for path in ("shares/learner/", "share-codes/learner/"):
        shared = visitor.ask("POST", f"/hub/api/{path}", token=token, json={"user": "teacher"})
        assert shared.status_code in (403, 404), shared.text


def test_learner_chooses_nothing_of_the_session(session):
    wishes = {
        "environment": {"WISH": "granted"},
        "env": {"WISH": "granted"},
        "image": "wish",
        "cmd": ["wish"],
    }
    assert "granted" not in session("learner", wishes).values()


@pytest.mark.parametrize(("name", "status"), [(None, 403), ("learner", 403), ("teacher", 200)])
def test_metrics_are_for_admins(hub, name, status):
    token = hub.token(name) if name else ""
    assert hub.visitor().ask("GET", "/hub/metrics", token=token).status_code == status


@pytest.mark.parametrize(
    ("host", "path"), [("", "/hub/api/user"), (COURSE_HOST, "/services/course/api/me")], ids=["hub", "course"]
)
def test_token_in_a_url_is_not_taken(hub, host, path):
    token = hub.token("teacher")
    assert hub.visitor().ask("GET", path, host=host, params={"token": token}).status_code == 403
