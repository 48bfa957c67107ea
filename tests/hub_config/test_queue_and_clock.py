"""The line for places and the session clock together, at a real hub with one place and short sessions."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import Any

import psutil
from click.testing import CliRunner, Result

from operator_cli.main import cli
from operator_cli.waiting import wait_for

from .small_course import LATEST, SECONDS, SESSION_LENGTH, SmallCourse


def test_a_place_goes_from_who_is_over_to_who_waits_with_all_their_time(hasty_course: SmallCourse):
    token = hasty_course.hub.start_session("ann")["JUPYTERHUB_API_TOKEN"]
    hasty_course.want("ben")
    (ann,), (ben,) = _listed(hasty_course, "sessions"), _listed(hasty_course, "waiting")
    assert (ann["user"], ben["user"], ben["place"]) == ("ann", "ben", 1)
    assert ben["expected_seconds"] <= SESSION_LENGTH.total_seconds(), "as long as none has ended"
    extend = "/services/course/api/session/extend"
    refused = hasty_course.hub.visitor().ask("POST", extend, token=token).json()
    assert refused["message"].startswith("Another learner waits for a place")

    hasty_course.kill()
    hasty_course.start()
    back = datetime.now(UTC)
    hasty_course.want("ben")
    assert wait_for(lambda: hasty_course.running("ben") == {"ben"}, SECONDS)
    (ben,) = _listed(hasty_course, "sessions")
    began, deadline = (datetime.fromisoformat(ben[key]) for key in ("started_at", "expires_at"))
    end = datetime.fromisoformat(ann["expires_at"])
    assert end <= began <= max(end, back) + LATEST
    assert deadline - began == SESSION_LENGTH
    assert wait_for(lambda: hasty_course.ended_as("ann") == "deadline", SECONDS)
    hasty_course.give_up("ben")
    assert wait_for(lambda: hasty_course.ended_as("ben") == "stopped", SECONDS)
    last = hasty_course.ask_for_session("ben").json()["last_session"]
    assert last["message"] == "Your session was stopped. Your files are kept."


def test_the_operator_extends_and_ends_sessions(hasty_course: SmallCourse):
    hasty_course.want("ann")
    assert wait_for(lambda: hasty_course.running("ann") == {"ann"}, SECONDS)
    (before,) = _listed(hasty_course, "sessions")
    extended = _sessions(hasty_course, "extend", "ann")
    assert extended.stdout.startswith("Extended the session of ann to ")
    (after,) = _listed(hasty_course, "sessions")
    assert after["expires_at"] > before["expires_at"]
    assert "ann" in _sessions(hasty_course, "list").stdout
    ended = _sessions(hasty_course, "end", "--all", "--yes")
    assert (ended.exit_code, ended.stdout) == (0, "1 session ended.\n")
    assert wait_for(lambda: hasty_course.ended_as("ann") == "staff", SECONDS)
    for name, said in (("ann", "ann has no session that runs"), ("nobody", "Nobody named 'nobody'")):
        refused = _sessions(hasty_course, "extend", name)
        assert refused.exit_code == 2
        assert said in refused.stderr


def test_what_the_culler_finds_idle_is_ended_by_the_course_service(hasty_course: SmallCourse):
    hasty_course.want("ann")
    assert wait_for(lambda: hasty_course.running("ann") == {"ann"}, SECONDS)
    culler = _find_culler(hasty_course)
    command = [one for one in culler.cmdline() if not one.startswith(("--timeout", "--cull-every"))]
    impatient = [*command, "--timeout=1", "--cull-every=1"]
    with subprocess.Popen(impatient, env=culler.environ(), cwd=culler.cwd()) as another:
        try:
            assert wait_for(lambda: hasty_course.ended_as("ann") == "idle", SECONDS)
        finally:
            another.kill()


def _find_culler(course: SmallCourse) -> psutil.Process:
    running = [one for one in course.hub.processes() if one.status() != psutil.STATUS_ZOMBIE]
    (found,) = (one for one in running if "hub_config.idle_culler" in one.cmdline())
    return found


def _listed(course: SmallCourse, what: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(_sessions(course, "list", "--json").stdout)[what]
    return listed


def _sessions(course: SmallCourse, *arguments: str) -> Result:
    """What `containrlab sessions` does with these arguments and the course's settings."""
    unset = {name: None for name in os.environ if name.startswith("CONTAINRLAB_")}
    return CliRunner().invoke(cli, ["sessions", *arguments], env=unset | course.environment)
