"""The way a learner goes, with every part real: hub, engine, browser, judge, database."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browsing import run_the_panels_cell, type_in_terminal, wait_for_lab
from tests.page_trace import PageTrace, Request

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]

LABS = Path(__file__).parent.parent.parent / "lab_notebooks"
LEARNER = "ada"
SIGN_IN_MILLISECONDS = 20_000
JUDGE_MILLISECONDS = 120_000
FILE_SECONDS = 180  # a build with pip, on a machine that others use too
POLL_MILLISECONDS = 500
FOR_GOOD = "public, max-age=31536000, immutable"
MOST_BYTES = 3_000_000  # not compressed, it is more than 7 MB
MOST_REDIRECTS = 3  # to the hub's page that starts sessions, to the lab's opening, to JupyterLab
NOT_FOR_LABS = {"api/nbconvert", "lab/api/build", "lab/api/news", "lsp/status"}
SHOW_AT_TOP = "element => element.scrollIntoView({block: 'start'})"

# A shell line that prints "it-works" by itself only if every step before worked.
DOCKER_SESSION = (
    "mkdir -p ~/hello && cd ~/hello && "
    r"printf 'FROM python:3.13-slim\nRUN pip install --quiet itsdangerous\n"
    r"RUN mkdir /web && echo it-$(echo works) > /web/index.html\n"
    r'CMD ["python", "-m", "http.server", "8080", "--directory", "/web"]\n'
    "' > Dockerfile && docker build -t hello . && docker run -d --name hello -p 8080:8080 hello && "
    "timeout 20 bash -c 'until curl -sf localhost:8080 > ~/seen; do sleep 0.2; done'; "
    "docker rm -f hello; cat ~/seen && mv ~/seen /workspace/seen.txt"
)


def test_wrong_password_is_told(
    page: Page, sign_in: Callable[..., None], keep_screenshot: Callable[[str], None]
):
    sign_in(page, LEARNER, "wrong password")
    expect(page.get_by_text("Invalid username or password")).to_be_visible(timeout=SIGN_IN_MILLISECONDS)
    keep_screenshot("wrong-password")


def test_learner_goes_from_sign_in_to_a_passed_lab(
    course,
    page: Page,
    sign_in: Callable[..., None],
    keep_screenshot: Callable[[str], None],
):
    sign_in(page, LEARNER)
    wait_for_lab(page)
    keep_screenshot("lab-opened")

    type_in_terminal(page, DOCKER_SESSION)
    wait_for_file(page, "seen.txt")
    assert read_file(page, "seen.txt") == "it-works\n"
    keep_screenshot("terminal")

    run_the_panels_cell(page)
    keep_screenshot("panel")
    check(page)
    expect_verdict(page, "Not there yet")
    keep_screenshot("check-of-starter")
    assert failure_codes(page)[0] == ["dockerignore_missing", "docker_build_failed"]

    write_solution(page, "lab1")
    check(page)
    expect_verdict(page, "Passed")
    keep_screenshot("check-of-solution")
    assert failure_codes(page) == [[], ["dockerignore_missing", "docker_build_failed"]]

    page.goto(f"{course.url}/services/course/")
    lab = page.get_by_role("region", name="Your first Dockerfile")
    expect(lab).to_contain_text(re.compile(r"Passed.*best score: (\d+) of \1 points\s+2 attempts", re.DOTALL))
    expect(page.get_by_role("timer")).to_contain_text("minutes")
    keep_screenshot("home-after-a-pass")

    # What was stored and what was written outlive hub, service and session.
    course.stop()
    course.start()
    sign_in(page, LEARNER)
    wait_for_lab(page)
    assert failure_codes(page) == [[], ["dockerignore_missing", "docker_build_failed"]]
    assert read_file(page, "lab1/Dockerfile") == solution("lab1")["Dockerfile"]
    keep_screenshot("after-restart")


def test_jupyterlab_is_loaded_compressed_and_once(course, page: Page, sign_in: Callable[..., None]):
    trace = PageTrace(page)
    sign_in(page, LEARNER)
    wait_for_lab(page)
    first = [request for request in trace.requests if request.is_page_file]
    assert {request.headers["cache-control"] for request in first} == {FOR_GOOD}
    assert sum(request.wire_bytes for request in first) < MOST_BYTES
    assert [request.path for request in first if is_large(request) and not is_compressed(request)] == []

    page.goto(f"{course.url}/services/course/")
    trace.follow(page.locator("#return"))
    assert "Opening your lab" in page.request.get(page.url).text(), "the page is white while it loads"
    assert page.url.endswith("/lab/workspaces/lab1/tree/lab1/lab.ipynb"), "where the learner has been"
    has = {request.path for request in first}
    assert [one.path for one in trace.requests if one.path in has and not one.is_cached] == []
    assert len([request for request in trace.requests if request.status == 302]) <= MOST_REDIRECTS
    asked = {request.path.partition(f"/user/{LEARNER}/")[2] for request in trace.requests}
    assert asked & NOT_FOR_LABS == set()


def test_only_the_hub_and_the_egress_proxy_are_open_to_others(course):
    up = psutil.Process(course.process.pid)
    open_ports = {
        connection.laddr.port
        for process in (up, *up.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.ip not in ("127.0.0.1", "::1")
    }
    assert open_ports == {course.settings.port, course.settings.egress_port}


@pytest.mark.parametrize("slug", sorted({file.parent.name for file in LABS.glob("*/lab.yaml")} - {"lab1"}))
def test_every_other_lab_is_opened_passed_and_explained(
    course,
    page: Page,
    sign_in: Callable[..., None],
    keep_screenshot: Callable[[str], None],
    slug: str,
):
    sign_in(page, LEARNER)
    wait_for_lab(page)
    page.goto(f"{course.url}/hub/user-redirect/containrlab/open/{slug}")
    wait_for_lab(page)
    keep_screenshot(f"{slug}-opened")

    write_solution(page, slug)
    run_the_panels_cell(page)
    check(page)
    expect_verdict(page, "Passed")
    keep_screenshot(f"{slug}-passed")
    assert failure_codes(page, slug) == [[]]

    page.locator(".cl-panel").get_by_role("button", name="Show the solution explained").click()
    explained = page.locator(".cl-panel").get_by_role("heading", name="a solution")
    expect(explained).to_be_visible(timeout=SIGN_IN_MILLISECONDS)
    explained.evaluate(SHOW_AT_TOP)
    keep_screenshot(f"{slug}-explained")
    # Jupyter's own copies are there by now, and of no use to who learns Docker.
    expect(page.locator(".jp-DirListing-content")).to_contain_text(".dockerignore")
    expect(page.locator(".jp-DirListing-content")).not_to_contain_text(".ipynb_checkpoints")


def is_large(request: Request) -> bool:
    return request.path.endswith(".js") and int(request.headers["content-length"]) > 2_000


def is_compressed(request: Request) -> bool:
    return request.headers.get("content-encoding") == "gzip"


def check(page: Page) -> None:
    page.locator(".cl-panel").get_by_role("button", name="Check").click()


def expect_verdict(page: Page, text: str) -> None:
    verdict = page.locator(".cl-verdict")
    expect(verdict).to_contain_text(text, timeout=JUDGE_MILLISECONDS)
    page.locator(".cl-panel").evaluate(SHOW_AT_TOP)


# The pages' own way to the server: the learner's cookies and XSRF token.
_FETCH = """
async (method, path, body) => {
  const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
  const answer = await fetch(path, {method, body, headers: {"X-XSRFToken": token}});
  return answer.ok ? await answer.json() : null;
}
"""


def ask(page: Page, method: str, path: str, body: str | None = None) -> dict[str, Any]:
    answer = page.evaluate(
        f"([method, path, body]) => ({_FETCH})(method, path, body ?? undefined)", [method, path, body]
    )
    assert answer is not None, f"{method} {path} was refused"
    return answer


def server_url(page: Page) -> str:
    """Where the learner's own server answers."""
    return page.url.partition("/lab/")[0]


def read_file(page: Page, path: str) -> str:
    return ask(page, "GET", f"{server_url(page)}/api/contents/{path}?content=1")["content"]


def wait_for_file(page: Page, path: str) -> None:
    """Returns when the learner's server has the file."""
    deadline = time.monotonic() + FILE_SECONDS
    while not page.request.get(f"{server_url(page)}/api/contents/{path}?content=0").ok:
        assert time.monotonic() < deadline, f"{path} never came; failed-*.png shows the terminal"
        page.wait_for_timeout(POLL_MILLISECONDS)


def solution(slug: str) -> dict[str, str]:
    """The files of a lab's solution, by their paths in the lab's folder."""
    folder = LABS / slug / "judge" / "solution"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def write_solution(page: Page, slug: str) -> None:
    """Saves each file of the solution into the learner's folder, as JupyterLab's editor would."""
    for path, content in solution(slug).items():
        body = json.dumps({"type": "file", "format": "text", "content": content})
        ask(page, "PUT", f"{server_url(page)}/api/contents/{slug}/{path}", body)


def failure_codes(page: Page, slug: str = "lab1") -> list[list[str]]:
    """The codes of each stored attempt, newest first."""
    attempts = ask(page, "GET", f"{server_url(page)}/containrlab/api/attempts?lab={slug}")["attempts"]
    return [[failure["code"] for failure in attempt["result"]["failures"]] for attempt in attempts]
