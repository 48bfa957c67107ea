"""The hub's processes and files on the machine: who can reach and read what."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import psutil

from .hub_environment import GEMINI_KEY
from .running_hub import CANARY


def test_hub_and_course_service_are_found_to_answer_behind_a_domain_each(hub):
    assert "Starting the hub: done" in hub.printed.getvalue()
    assert "warning" not in hub.printed.getvalue()


def test_only_the_public_port_is_off_loopback(hub):
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in hub.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    settings = hub.settings
    loopback = {settings.hub_port, settings.proxy_api_port, settings.course_port}
    assert listening == {("0.0.0.0", settings.port)} | {("127.0.0.1", port) for port in loopback}


def test_proxys_api_needs_its_token_which_no_argument_tells(hub):
    token = next(found for process in hub.processes() if (found := _proxy_token(process)))
    url = f"http://127.0.0.1:{hub.settings.proxy_api_port}/api/routes"
    with httpx.Client(trust_env=False) as client:
        assert client.get(url).status_code == 403
        assert client.get(url, headers={"Authorization": "token guess"}).status_code == 403
        assert client.get(url, headers={"Authorization": f"token {token}"}).status_code == 200
    for process in hub.processes():
        assert token not in " ".join(process.cmdline())


def test_state_is_its_owners_alone(hub):
    folder = hub.settings.state_dir
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"jupyterhub.sqlite", "course.sqlite", "jupyterhub_cookie_secret", "hub.log"} <= set(modes)
    assert {
        name: oct(mode) for name, mode in modes.items() if mode & 0o077 and not name.endswith(".pid")
    } == {}


def test_secrets_are_the_hubs_alone(hub, session):
    given = session("learner")
    assert not any(CANARY in value for value in given.values())
    assert "CONFIGPROXY_AUTH_TOKEN" not in given
    for process in hub.processes():
        assert CANARY not in " ".join(process.cmdline())
    for service in ("course_service", "hub_config.idle_culler"):
        (process,) = (process for process in hub.processes() if service in process.cmdline())
        assert not any(CANARY in value for value in process.environ().values())


def test_key_of_the_ai_is_the_course_services_alone(hub, session):
    given = session("learner")
    assert not any(GEMINI_KEY in value for value in given.values())
    course = next(process for process in hub.processes() if "course_service" in process.cmdline())
    key_file = Path(course.environ()["GEMINI_API_KEY_FILE"])
    assert (key_file.read_text(), oct(key_file.stat().st_mode)) == (GEMINI_KEY, "0o100600")
    has_key = []
    for process in hub.processes():
        assert GEMINI_KEY not in " ".join(process.cmdline())
        if any(GEMINI_KEY in value for value in process.environ().values()):
            has_key.append(process)
    assert has_key == [hub.process]  # what it was started with, here
    kept = [path for path in hub.settings.state_dir.rglob("*") if path.is_file()]
    assert {"hub.log", "jupyterhub.sqlite"} <= {path.name for path in kept}
    assert [path for path in kept if GEMINI_KEY.encode() in path.read_bytes()] == [key_file]


def _proxy_token(process: psutil.Process) -> str | None:
    return process.environ().get("CONFIGPROXY_AUTH_TOKEN")
