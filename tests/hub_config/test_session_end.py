"""A real hub ends sessions at their deadline, whatever they say of themselves."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from tornado.testing import bind_unused_port

from hub_config.settings import Settings
from operator_cli.hub_process import running_hub
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for

from .running_hub import Hub
from .visitor import LEARNERS_PASSWORD, PASSWORDS

LENGTH, EXTENSION = timedelta(seconds=12), timedelta(seconds=3)
LATEST = timedelta(seconds=5 + 5)
"""The interval in which the course service looks, and time to stop a process."""


@pytest.fixture(scope="module")
def hasty_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A local trial with sessions of a few seconds."""
    bound = [bind_unused_port() for _ in range(4)]
    for socket, _ in bound:
        socket.close()
    ports = [str(port) for _, port in bound]
    environment = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "CONTAINRLAB_STATE_DIR": str(tmp_path_factory.mktemp("hasty") / "state"),
        "CONTAINRLAB_INSTANCE": "containrlab-test-hasty",
        "CONTAINRLAB_PORT": ports[0],
        "CONTAINRLAB_HUB_PORT": ports[1],
        "CONTAINRLAB_PROXY_API_PORT": ports[2],
        "CONTAINRLAB_COURSE_PORT": ports[3],
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "CONTAINRLAB_TRIAL_PASSWORD": LEARNERS_PASSWORD,
        "CONTAINRLAB_ADMIN_PASSWORD": PASSWORDS["teacher"],
        "CONTAINRLAB_SESSION_MINUTES": str(LENGTH / timedelta(minutes=1)),
        "CONTAINRLAB_EXTENSION_MINUTES": str(EXTENSION / timedelta(minutes=1)),
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    settings = Settings.from_environment(environment)
    printed = io.StringIO()
    config_file = Path(__file__).parent / "config_without_engine.py"
    with running_hub(settings, environment, Progress(Console(file=printed)), config_file) as process:
        yield Hub(settings, psutil.Process(int(process.pid_file.read_text())), printed)


def test_a_session_that_is_always_active_ends_at_the_deadline_it_was_shown(hasty_hub):
    token = hasty_hub.start_session("eager")["JUPYTERHUB_API_TOKEN"]
    visitor, own_token = hasty_hub.visitor(), hasty_hub.token("eager")
    server = visitor.ask("GET", "/hub/api/users/eager", token=own_token).json()["servers"][""]
    started = datetime.fromisoformat(server["started"])
    extended = visitor.ask("POST", "/services/course/api/session/extend", token=token)
    assert extended.status_code == 200, extended.text
    deadline = datetime.fromisoformat(extended.json()["expires_at"])
    assert deadline == started + LENGTH + EXTENSION

    def has_ended_in_spite_of_activity() -> bool:
        later = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()
        activity = {"last_activity": later, "servers": {"": {"last_activity": later}}}
        visitor.ask("POST", "/hub/api/users/eager/activity", token=token, json=activity)
        user = visitor.ask("GET", "/hub/api/users/eager", token=own_token).json()
        return not user["servers"]

    assert wait_for(has_ended_in_spite_of_activity, 30)
    assert timedelta() <= datetime.now(UTC) - deadline < LATEST
    assert wait_for(lambda: _end_reasons(hasty_hub) == ["deadline"], 20)


def test_staff_end_a_session_and_are_no_admins_of_the_hub(hasty_hub):
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
    assert wait_for(lambda: "staff" in _end_reasons(hasty_hub), 20)
    for method, path in (("GET", "users"), ("GET", "users/learner"), ("DELETE", "users/learner/server")):
        assert visitor.ask(method, f"/hub/api/{path}", token=staff).status_code in (403, 404)


def test_the_idle_culler_runs_and_may_look(hasty_hub):
    def asked() -> list[str]:
        log = (hasty_hub.settings.state_dir / "hub.log").read_text(encoding="utf-8")
        return [line for line in log.splitlines() if "(idle-culler@" in line]

    assert wait_for(lambda: any("GET /hub/api/users" in line for line in asked()), 70)
    assert [line for line in asked() if " 200 GET" not in line] == []


def _end_reasons(hub: Hub) -> list[str | None]:
    with closing(sqlite3.connect(hub.settings.state_dir / "course.sqlite")) as database:
        rows = database.execute("SELECT end_reason FROM sessions WHERE ended_at IS NOT NULL")
        return [reason for (reason,) in rows]
