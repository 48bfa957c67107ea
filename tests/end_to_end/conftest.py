"""A whole ContainrLab, started as an operator starts it, and a browser to use it as a learner does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Browser, Page

from hub_config.settings import Settings
from spawner.labels import Role, label_filters

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "test-artefacts"
STOP_SECONDS = 60
PASSWORD = "a trial password"
ENGINE_SOCKET = "/var/run/docker.sock"
HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know at their end whether their test has failed."""
    report = yield
    if report.when == "call":
        item.stash[HAS_FAILED] = report.failed
    return report


@dataclass
class EngineRelay:
    """The course's way to the real engine, which a test can cut as if the engine had died."""

    socket: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        relay = ["socat", f"UNIX-LISTEN:{self.socket},fork", f"UNIX-CONNECT:{ENGINE_SOCKET}"]
        self.process = subprocess.Popen(relay, start_new_session=True)

    def cut(self) -> None:
        """Ends the relay and every connection through it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Course:
    """A running `containrlab up` of the test instance."""

    settings: Settings
    environment: dict[str, str]
    password: str
    engine_relay: EngineRelay
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where learners reach the hub."""
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> None:
        """Returns when the hub answers; shows what `up` printed when it does not."""
        self.process = subprocess.Popen(
            [Path(sys.executable).parent / "containrlab", "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = []
        for line in self.process.stdout:
            printed.append(line)
            if self.url in line:
                return
        pytest.fail("containrlab up ended before the hub answered:\n" + "".join(printed), pytrace=False)

    def stop(self) -> None:
        """Ends it as Ctrl-C would, and waits until it has cleaned up."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STOP_SECONDS)
        self.process = None


@pytest.fixture(scope="session")
def instance() -> str:
    """Not the other tests' instance: they count what is left of theirs while this course runs."""
    return "containrlab-test-whole"


@pytest.fixture(scope="module")
def course(
    engine: docker.APIClient, image_store: str, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Course]:
    """ContainrLab on ports and names of its own, so that a course running on this machine is left alone."""
    overrides = {
        "CONTAINRLAB_INSTANCE": instance,
        "CONTAINRLAB_STATE_DIR": str(tmp_path_factory.mktemp("state")),
        "CONTAINRLAB_TRIAL_PASSWORD": PASSWORD,
        "CONTAINRLAB_BRIDGE_PREFIX": "ct",
        "CONTAINRLAB_SESSION_NETWORKS": "10.214.8.0/22",
        "CONTAINRLAB_PORT": "18100",
        "CONTAINRLAB_HUB_PORT": "18101",
        "CONTAINRLAB_PROXY_API_PORT": "18102",
        "CONTAINRLAB_COURSE_PORT": "18103",
        "CONTAINRLAB_EGRESS_PORT": "18104",
    }
    relay = EngineRelay(tmp_path_factory.mktemp("engine") / "docker.sock")
    environment = {**os.environ, **overrides, "DOCKER_HOST": f"unix://{relay.socket}"}
    course = Course(Settings.from_environment(environment), environment, PASSWORD, relay)
    relay.start()
    try:
        course.start()
        yield course
    finally:
        course.stop()
        relay.cut()
        _remove_workspaces(engine, instance)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new visitor's browser window; what it shows when a test fails is kept among the run's artefacts."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    yield page
    if request.node.stash.get(HAS_FAILED, False):
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"failed-{request.node.name}.png")
    context.close()


@pytest.fixture
def sign_in(course: Course) -> Callable[..., None]:
    """Signs a learner in; also where a hub that was restarted still knows the browser."""

    def sign_in(page: Page, name: str, password: str = course.password) -> None:
        page.goto(course.url)
        if page.locator("#username_input").count():
            page.fill("#username_input", name)
            page.fill("#password_input", password)
            page.click("#login_submit")

    return sign_in


@pytest.fixture
def keep_screenshot(page: Page) -> Callable[[str], None]:
    """Keeps a picture of the page among the run's artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    return lambda name: page.screenshot(path=ARTEFACTS / f"{name}.png")


def _remove_workspaces(engine: docker.APIClient, instance: str) -> None:
    """Workspaces outlive everything else on purpose; those of test learners are the tests' to remove."""
    for volume in engine.volumes(filters=label_filters(instance, Role.WORKSPACE))["Volumes"] or ():
        engine.remove_volume(volume["Name"])
