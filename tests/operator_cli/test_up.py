"""`containrlab up` for real: it starts, serves, stops, and takes over what a killed one left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import httpx
import pytest

from hub_config.settings import Settings
from operator_cli.firewall import is_firewall_loaded, remove_firewall
from operator_cli.own_process import end_processes_of
from operator_cli.ports import is_free
from operator_cli.waiting import wait_for
from spawner.labels import network_name, new_session_key, session_labels
from spawner.session_network import create_session_network
from spawner.session_policy import Egress
from tests.course_service.course_plans import write_course

CONTAINRLAB = Path(sys.executable).parent / "containrlab"
START_SECONDS = 120


class Course:
    """A running `containrlab up`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [CONTAINRLAB, "up"], env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait_until_up(self) -> None:
        """Return when it says how to stop it."""
        is_settled = wait_for(
            lambda: "Ctrl-C" in self.text() or self.process.poll() is not None, START_SECONDS
        )
        assert is_settled, self.text()
        assert self.process.poll() is None, self.text()

    def stop(self) -> int:
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=120)

    def text(self) -> str:
        """What it printed."""
        return self.log.read_text()


@pytest.fixture
def start_course(
    settings: Settings,
    clean_engine: docker.APIClient,
    clean_firewall: None,
    image_store: str,
    tmp_path: Path,
) -> Iterator[Callable[..., Course]]:
    """Starts courses of the test instance, and ends what they have left at the end."""
    environment = {
        **os.environ,
        "CONTAINRLAB_INSTANCE": settings.instance,
        "CONTAINRLAB_STATE_DIR": str(settings.state_dir),
        "CONTAINRLAB_BRIDGE_PREFIX": settings.bridge_prefix,
        "CONTAINRLAB_SESSION_NETWORKS": str(settings.session_networks),
        "CONTAINRLAB_POOL": "0",
        "CONTAINRLAB_PORT": str(settings.port),
        "CONTAINRLAB_HUB_PORT": str(settings.hub_port),
        "CONTAINRLAB_PROXY_API_PORT": str(settings.proxy_api_port),
        "CONTAINRLAB_COURSE_PORT": str(settings.course_port),
        "CONTAINRLAB_EGRESS_PORT": str(settings.egress_port),
    }
    started: list[Course] = []

    def start(**more: str) -> Course:
        course = Course({**environment, **more}, tmp_path / f"up-{len(started)}.log")
        started.append(course)
        return course

    yield start
    for course in started:
        if course.process.poll() is None:
            course.process.kill()
            course.process.wait()
    if settings.state_dir.exists():
        end_processes_of(settings.state_dir, [""])


@pytest.mark.engine
def test_from_start_to_stop(start_course: Callable[[], Course], settings: Settings):
    course = start_course()
    course.wait_until_up()
    url = f"http://127.0.0.1:{settings.port}"
    password = (settings.state_dir / "trial_password").read_text().strip()
    assert f"ContainrLab runs at {url}" in course.text()
    assert f"password {password}" in course.text()
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as browser:
        assert browser.get("/hub/health").status_code == 200
        assert browser.get("/services/course/health").json() == {"status": "ok"}
    assert (settings.state_dir / "hub.log").exists()

    remove_firewall(settings)
    assert wait_for(lambda: is_firewall_loaded(settings), 5)
    assert wait_for(lambda: "changed the firewall: the whole table is gone" in course.text(), 1)

    assert course.stop() == 0
    assert course.text().splitlines()[-1] == "Stopped."
    ports = (settings.port, settings.hub_port, settings.proxy_api_port, settings.course_port)
    assert [port for port in (*ports, settings.egress_port) if not is_free(port)] == []


@pytest.mark.engine
def test_a_wrong_course_file_is_refused_before_anything_starts(
    start_course: Callable[..., Course], settings: Settings, tmp_path: Path
):
    file = write_course(tmp_path, "\n- lab: lab9")
    course = start_course(CONTAINRLAB_COURSE_FILE=str(file))
    assert course.process.wait(timeout=30) == 2
    assert f"{file}:4: labs[0].lab: there is no lab 'lab9'; expected one of lab1" in course.text()
    assert not (settings.state_dir / "hub.log").exists()


@pytest.mark.engine
def test_what_a_killed_course_left_is_taken_over(
    start_course: Callable[[], Course], settings: Settings, engine: docker.APIClient
):
    killed = start_course()
    killed.wait_until_up()
    os.kill(int((settings.state_dir / "hub.pid").read_text()), signal.SIGKILL)
    killed.process.kill()
    killed.process.wait()
    assert not is_free(settings.port)  # the hub's proxy outlived it
    key = new_session_key()
    orphan = network_name(settings.instance, key)
    create_session_network(
        engine,
        name=orphan,
        bridge_prefix=settings.bridge_prefix,
        egress=Egress.PACKAGES,
        block=settings.session_networks,
        labels=session_labels(settings.instance, key, "recipe"),
    )

    course = start_course()
    course.wait_until_up()
    assert "Ended what an earlier hub left running" in course.text()
    assert wait_for(lambda: engine.networks(names=[orphan]) == [], 30), "the course service removes it"
    assert course.stop() == 0


@pytest.mark.engine
def test_second_one_on_the_same_state_is_refused(start_course: Callable[[], Course]):
    first = start_course()
    first.wait_until_up()
    second = start_course()
    assert second.process.wait(timeout=30) == 2
    assert "Error: A course runs already" in second.text()
    assert first.stop() == 0


@pytest.mark.engine
def test_hub_that_dies_is_started_again(start_course: Callable[[], Course], settings: Settings):
    course = start_course()
    course.wait_until_up()
    os.kill(int((settings.state_dir / "hub.pid").read_text()), signal.SIGKILL)
    assert wait_for(lambda: course.text().count("Starting the hub: done") == 2, START_SECONDS), course.text()
    assert "The hub ended by itself (exit code -9); it is started again" in course.text()
    assert httpx.get(f"http://127.0.0.1:{settings.port}/hub/health", trust_env=False).status_code == 200
    assert course.stop() == 0


@pytest.mark.engine
def test_port_in_use_is_refused_at_once(start_course: Callable[[], Course], settings: Settings):
    with socket.create_server(("", settings.port)):
        course = start_course()
        assert course.process.wait(timeout=30) == 2
    assert f"Error: Port {settings.port} is in use" in course.text()
    assert "export CONTAINRLAB_PORT=" in course.text()
