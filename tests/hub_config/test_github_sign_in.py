"""Who may enter by GitHub, as whom, and what all others are told; a real hub, a stand-in for GitHub."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Browser

from tests.github_stand_in import API, HANG_UP, SILENT, TOKEN

from .github_hub import GitHubHub, read_message
from .running_hub import CANARY

NOT_LISTED = "is not on this course's list. Please ask Ms Gray, gray@school.example to add it."


@pytest.fixture
def github_hub(github_hub: GitHubHub):
    """The same hub, and the people of each test anew; nothing fails."""
    github = github_hub.github
    github.people.clear()
    github.members.clear()
    github.add_person("alice", 7, "school")
    github.add_person("carol", 8, "college", "college:class")
    github.add_person("guest", 9)
    github.add_person("gray", 10)
    github.add_person("mallory", 11)
    github.add_person("colleague", 12, "college")
    github.add_person("teacher", 13)
    yield github_hub
    github.failing.clear()
    github.not_approved.clear()


@pytest.mark.parametrize(
    ("name", "is_admin"),
    [
        pytest.param("alice", False, id="member of an organisation"),
        pytest.param("carol", False, id="member of a team"),
        pytest.param("guest", False, id="on the list"),
        pytest.param("gray", True, id="admin"),
    ],
)
def test_who_is_allowed_enters(github_hub: GitHubHub, name: str, is_admin: bool):
    person = github_hub.github.people[name]
    account = github_hub.account(github_hub.sign_in(person))
    assert (account["name"], account["admin"]) == (name, is_admin)
    expected = {"github_id": person.id, "login": name, "avatar_url": f"/avatars/{person.id}"}
    assert account["user_info"] == expected


@pytest.mark.parametrize(
    "name",
    [
        "mallory",
        pytest.param("colleague", id="not in the team"),
        pytest.param("teacher", id="the admin of a trial"),
    ],
)
def test_nobody_else_does_and_is_told_whom_to_ask(github_hub: GitHubHub, name: str):
    response = github_hub.try_to_sign_in(github_hub.github.people[name])
    assert response.status_code == 403
    assert f"The GitHub account {name} {NOT_LISTED}" in read_message(response)
    assert not [line for line in response.headers.get_list("Set-Cookie") if "hub-login" in line]


def test_who_has_left_cannot_return(github_hub: GitHubHub):
    alice = github_hub.github.people["alice"]
    github_hub.sign_in(alice)
    github_hub.github.members["school"].remove(alice.id)
    assert github_hub.try_to_sign_in(alice).status_code == 403


def test_the_settings_alone_say_who_is_an_admin(github_hub: GitHubHub):
    people = github_hub.github.people
    github_hub.sign_in(people["alice"])
    gray = github_hub.sign_in(people["gray"])
    token = gray.make_token("gray")
    github_hub.hub.visitor().ask("PATCH", "/hub/api/users/alice", token=token, json={"admin": True})
    assert github_hub.account(github_hub.sign_in(people["alice"]))["admin"] is False


def test_a_renamed_login_keeps_its_account_and_who_takes_it_over_gets_another(github_hub: GitHubHub):
    github = github_hub.github
    bob = github.add_person("bob", 20, "school", login="Bob")
    github_hub.tell_course("bob", github_hub.sign_in(bob).make_token("bob"))
    bob.login = "Robert"
    renamed = github_hub.sign_in(bob)
    assert github_hub.account(renamed)["name"] == "bob"
    assert github_hub.account(renamed)["user_info"]["login"] == "Robert"

    newcomer = github.add_person("newcomer", 21, "school", login="bob")
    taken_over = github_hub.sign_in(newcomer)
    assert github_hub.account(taken_over)["name"] == "bob.21"
    environment = github_hub.tell_course("bob.21", taken_over.make_token("bob.21"))
    assert environment["JUPYTERHUB_USER"] == "bob.21"
    users = github_hub.course_users()
    assert users["bob"] == (20, "/avatars/20")
    assert users["bob.21"] == (21, "/avatars/21")


def test_who_takes_over_a_listed_login_is_not_who_the_list_means(github_hub: GitHubHub):
    github = github_hub.github
    for name in ("guest", "gray"):
        github_hub.sign_in(github.people[name])
    strangers = [
        github.add_person("another guest", 30, login="guest"),
        github.add_person("another gray", 31, login="gray"),
        github.add_person("a third gray", 32, "school", login="gray"),
    ]
    assert [github_hub.try_to_sign_in(one).status_code for one in strangers] == [403, 403, 403]


@pytest.mark.parametrize("state", ["", "e30=", "not base64!"])
def test_a_state_that_is_not_the_browsers_is_refused(github_hub: GitHubHub, state: str):
    visitor = github_hub.hub.visitor()
    back = github_hub.authorize(visitor, github_hub.github.people["alice"])
    response = github_hub.come_back(visitor, re.sub("state=[^&]+", f"state={state}", back))
    assert response.status_code == 400
    assert "hub-login" not in str(response.headers)


def test_a_sign_in_cannot_be_finished_in_another_browser(github_hub: GitHubHub):
    mallorys = github_hub.authorize(github_hub.hub.visitor(), github_hub.github.people["alice"])
    victim = github_hub.hub.visitor()
    assert github_hub.come_back(victim, mallorys).status_code == 400
    github_hub.authorize(victim, github_hub.github.people["alice"])
    assert github_hub.come_back(victim, mallorys).status_code == 400


def test_a_code_counts_once(github_hub: GitHubHub):
    visitor, alice = github_hub.hub.visitor(), github_hub.github.people["alice"]
    first = github_hub.authorize(visitor, alice)
    assert github_hub.come_back(visitor, first).status_code == 302
    second = github_hub.authorize(visitor, alice)
    used = re.search("code=[^&]+", first)
    assert used is not None
    response = github_hub.come_back(visitor, re.sub("code=[^&]+", used[0], second))
    assert response.status_code == 403
    assert "GitHub did not accept this sign-in; it may be too old. Please sign in again." in read_message(
        response
    )


def test_who_cancels_at_github_is_not_in(github_hub: GitHubHub):
    visitor = github_hub.hub.visitor()
    back = github_hub.authorize(visitor, github_hub.github.people["alice"], answer="cancel")
    response = github_hub.come_back(visitor, back)
    assert response.status_code == 400
    assert "The user has denied your access." in read_message(response)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (TOKEN, 500),
        pytest.param(TOKEN, HANG_UP, id="hangs up"),
        pytest.param(TOKEN, SILENT, id="is silent"),
        (f"{API}/user", 401),
        (f"{API}/user", 503),
        pytest.param(f"{API}/orgs", 500, id="else a member would be told that they are none"),
        pytest.param(f"{API}/orgs", 429, id="asked too often"),
    ],
)
def test_github_that_fails_is_a_sentence(github_hub: GitHubHub, path: str, status: int):
    before = len(github_hub.log)
    github_hub.github.failing[path] = status
    response = github_hub.try_to_sign_in(github_hub.github.people["alice"])
    assert response.status_code == 503
    assert "GitHub does not answer as it should. Please try again in a minute." in read_message(response)
    assert "Traceback" not in response.text + github_hub.log[before:]
    github_hub.github.failing.clear()
    github_hub.sign_in(github_hub.github.people["alice"])


def test_a_wrong_secret_is_named_in_the_log_and_not_to_learners(github_hub: GitHubHub, monkeypatch):
    monkeypatch.setattr(github_hub.github, "client_secret", "another")
    response = github_hub.try_to_sign_in(github_hub.github.people["alice"])
    assert response.status_code == 403
    assert "tell Ms Gray, gray@school.example: the hub's log has the reason" in read_message(response)
    assert "client_secret" not in response.text
    assert "The client_id and/or client_secret passed are incorrect" in github_hub.log


def test_an_organisation_that_has_not_approved_the_app_is_named_in_the_log(github_hub: GitHubHub):
    github_hub.github.not_approved.add("school")
    assert github_hub.try_to_sign_in(github_hub.github.people["alice"]).status_code == 403
    assert "`school` has enabled OAuth App access restrictions" in github_hub.log


def test_secrets_are_used_and_kept_nowhere(github_hub: GitHubHub):
    visitor = github_hub.sign_in(github_hub.github.people["alice"])
    environment = github_hub.tell_course("alice", visitor.make_token("alice"))
    assert not any(CANARY in value for value in environment.values())
    for process in github_hub.hub.processes():
        assert CANARY not in " ".join(process.cmdline())
    kept = [path for path in github_hub.hub.settings.state_dir.rglob("*") if path.is_file()]
    assert {"hub.log", "jupyterhub.sqlite"} <= {path.name for path in kept}
    assert [path for path in kept if CANARY.encode() in path.read_bytes()] == []


def test_in_a_browser(github_hub: GitHubHub, browser: Browser):
    name = f"learner-{uuid.uuid4().hex[:6]}"
    person = github_hub.github.add_person(name, 40)
    github_hub.github.signed_in = person
    page = browser.new_page()
    page.goto(f"{github_hub.hub.settings.public_url}/hub/")
    page.get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_text(f"Signed in as {name}").wait_for()
    page.get_by_role("button", name="Authorize the course").click()
    page.get_by_text(f"The GitHub account {name} {NOT_LISTED}").wait_for()

    github_hub.github.members.setdefault("school", set()).add(person.id)
    page.goto(f"{github_hub.hub.settings.public_url}/hub/oauth_login?next=/hub/home")
    page.get_by_role("button", name="Authorize the course").click()
    page.get_by_role("heading", name="Your session").wait_for()
    assert page.get_by_text(name).first.is_visible()
