"""The course's pages behind a real hub: who sees them, signed in how, and what a browser is told of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from operator_cli.waiting import wait_for

from .github_hub import GitHubHub
from .planned_course import TITLE
from .running_hub import COURSE_HOST, Hub
from .small_course import SmallCourse
from .visitor import LEARNERS_PASSWORD, PASSWORDS

HOME = "/services/course/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.end_to_end
def test_a_sign_in_ends_at_the_labs(course: SmallCourse, page: Page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"http://127.0.0.1:{course.hub.settings.port}/")
    page.fill("#username_input", "ida")
    page.fill("#password_input", LEARNERS_PASSWORD)
    page.press("#password_input", "Enter")
    page.wait_for_url(f"**{HOME}")
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    expect(page.get_by_role("heading", name="Your first Dockerfile")).to_be_visible()
    expect(page.get_by_role("navigation")).to_contain_text("ida")
    assert not complaints, "nothing that the page needs is forbidden to it"
    page.get_by_role("link", name="Start").first.click()
    page.wait_for_url("**/user/ida/containrlab/open/lab1")
    course.tokens["ida"] = course.hub.token("ida")
    course.give_up("ida")


@pytest.mark.end_to_end
def test_a_sign_in_by_github_ends_at_the_labs_on_their_own_domain(github_hub: GitHubHub, page: Page):
    github_hub.github.add_person("ada", 21, "school")
    github_hub.github.signed_in = github_hub.github.people["ada"]
    page.goto(f"{github_hub.hub.settings.public_url}/hub/")
    page.get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("button", name="Authorize the course").click()
    page.wait_for_url(f"http://{COURSE_HOST}:{github_hub.hub.settings.port}{HOME}")
    expect(page.get_by_role("heading", name="Your first Dockerfile")).to_be_visible()
    logo = page.get_by_role("img", name="Home")
    assert logo.evaluate("image => image.naturalWidth") > 0, "the hub's files load from its own domain"


def test_who_is_not_signed_in_is_sent_to_the_hub(hub: Hub):
    answer = hub.visitor().ask("GET", HOME, host=COURSE_HOST)
    assert answer.status_code == 302
    assert "/hub/api/oauth2/authorize?client_id=service-course" in answer.headers["Location"]


def test_a_sessions_token_opens_no_page(hub: Hub, session):
    token = session("jan")["JUPYTERHUB_API_TOKEN"]
    assert hub.visitor().ask("GET", HOME, host=COURSE_HOST, token=token).status_code == 302
    assert hub.visitor().ask("GET", f"{HOME}?token={token}", host=COURSE_HOST).status_code == 302


def test_what_a_browser_is_told(hub: Hub):
    answer = hub.visitor().ask("GET", HOME, host=COURSE_HOST)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in answer.headers
    (cookie,) = answer.headers.get_list("Set-Cookie")
    assert cookie.startswith("__Host-service-course")
    for attribute in ("Secure", "HttpOnly", "samesite=Lax", "Path=/;"):
        assert attribute.lower() in cookie.lower()


def test_the_hubs_own_pages_link_to_the_labs(hub: Hub):
    page = hub.visitor("teacher").ask("GET", "/hub/token").text
    assert f'href="https://{COURSE_HOST}:{hub.settings.port}{HOME}">Labs<' in page
    assert '/hub/admin">Admin<' in page
    assert PASSWORDS["teacher"] not in page


def test_who_reloads_a_jupyterlab_whose_session_has_ended_is_led_on(hub: Hub):
    page = hub.visitor("learner").ask("GET", "/hub/user/learner/lab")
    assert page.status_code == 424
    assert "Your session is not running" in page.text
    assert "Everything in /workspace is kept." in page.text
    assert 'href="/hub/spawn/learner?next=%2Fhub%2Fuser%2Flearner%2Flab">Start again<' in page.text
    assert f'href="https://{COURSE_HOST}:{hub.settings.port}{HOME}">Labs<' in page.text


def test_jupyterhubs_home_goes_on_to_the_labs(hub: Hub):
    page = hub.visitor("learner").ask("GET", "/hub/home").text
    address = f"https://{COURSE_HOST}:{hub.settings.port}{HOME}"
    assert f'<meta http-equiv="refresh" content="0; url={address}">' in page
    assert f'href="{address}">Go on to your labs<' in page


def test_a_sign_in_that_fails_leads_on_and_leaves_no_code_in_the_log(hub: Hub):
    address = "/services/course/oauth_callback?code=a-stale-code&state=none"
    answer = hub.visitor().ask("GET", address, host=COURSE_HOST)
    assert answer.status_code == 403
    assert "go back to your labs to try again" in answer.text
    assert f'href="{HOME}"' in answer.text
    log = hub.settings.state_dir / "hub.log"
    assert wait_for(lambda: "GET /services/course/oauth_callback" in log.read_text(), 5)
    assert "a-stale-code" not in log.read_text()
