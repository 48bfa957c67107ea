"""The service as a process, as the hub starts and stops it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from course_service.database import upgrade_database
from course_service.store import AttemptStatus, Store
from spawner.labels import Role, label_filters
from tests.free_ports import free_port

from .conftest import pack
from .hub_stand_in import HubStandIn
from .test_store import add


@pytest.fixture
def environment(settings) -> dict[str, str]:
    """What the hub sets for the service."""
    return {
        "PATH": os.environ["PATH"],
        "CONTAINRLAB_STATE_DIR": str(settings.state_dir),
        "CONTAINRLAB_INSTANCE": settings.instance,
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        "JUPYTERHUB_API_TOKEN": "own-token",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{free_port()}",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/course/",
        "JUPYTERHUB_CLIENT_ID": "service-course",
    }


def start(environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "course_service"], env=environment, stderr=subprocess.PIPE, text=True
    )


def wait_until_up(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/services/course/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, process.stderr.read()
    pytest.fail("the service did not answer within 20 s")


def test_it_serves_where_the_hub_says_and_stops_when_told(environment, settings):
    upgrade_database(settings.course_db_url)
    store = Store(settings.course_db_url)
    interrupted = add(store)
    with start(environment) as process:
        try:
            wait_until_up(environment["JUPYTERHUB_SERVICE_URL"], process)
            attempt = store.find_attempt(interrupted, user="alice")
            assert attempt.status is AttemptStatus.FINISHED
            assert attempt.result["graded"] is False
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
        finally:
            process.kill()
            store.close()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("JUPYTERHUB_API_TOKEN", None, "JUPYTERHUB_API_TOKEN is not set: the hub starts this service"),
        ("CONTAINRLAB_JUDGE_SANDBOXES", "none", "CONTAINRLAB_JUDGE_SANDBOXES: "),
        ("CONTAINRLAB_LABS_DIR", "/nowhere/at/all", "CONTAINRLAB_LABS_DIR names the folder of labs"),
    ],
)
def test_a_wrong_setting_ends_it_with_its_name(environment, name, value, said):
    if value is None:
        del environment[name]
    else:
        environment[name] = value
    with start(environment) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.engine
async def test_told_to_stop_it_destroys_running_sandboxes_and_stores_why(
    environment, engine_settings, engine, instance
):
    hub = HubStandIn()
    environment |= {"JUPYTERHUB_API_URL": hub.api_url, "CONTAINRLAB_BRIDGE_PREFIX": "cst"}
    with start(environment) as process:
        try:
            await asyncio.to_thread(wait_until_up, environment["JUPYTERHUB_SERVICE_URL"], process)
            attempt_id = await check(environment, {"Dockerfile": b"FROM python:3.13-slim\nRUN sleep 600\n"})
            await asyncio.to_thread(wait_for_sandbox, engine, instance)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 5) == 0
        finally:
            process.kill()
            hub.stop()
    store = Store(engine_settings.course_db_url)
    result = store.find_attempt(attempt_id, user="alice").result
    store.close()
    assert result["graded"] is False
    assert "stopped" in result["notes"]["fault"]
    assert engine.containers(all=True, filters=label_filters(instance)) == []


async def check(environment: dict[str, str], files: dict[str, bytes]) -> int:
    url = f"{environment['JUPYTERHUB_SERVICE_URL']}/services/course/api/judge/lab1"
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, content=pack(files), headers={"Authorization": "token alice-token"})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["attempt_id"])


def wait_for_sandbox(engine, instance: str) -> None:
    deadline = time.monotonic() + 20
    while not engine.containers(filters=label_filters(instance, Role.SANDBOX, "alice")):
        assert time.monotonic() < deadline, "no sandbox was started"
