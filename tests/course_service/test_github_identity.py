"""Attempts belong to a numeric id of GitHub, whatever the login."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from course_service.database import open_engine
from course_service.github_identity import GitHubIdentity, read_identity

from .hub_stand_in import ACCESS, user
from .running_service import serve_course
from .sandbox_stand_ins import WillingSandbox
from .test_store import add

SEVEN, EIGHT, NINE = (GitHubIdentity(number, f"https://avatars/{number}") for number in (7, 8, 9))


@pytest.fixture
def users(settings):
    """Reads the table of users: id on GitHub and picture, by login."""

    def read() -> dict[str, tuple[int | None, str | None]]:
        engine = open_engine(settings.course_db_url)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT login, github_id, avatar_url FROM users")).all()
        engine.dispose()
        return {row.login: (row.github_id, row.avatar_url) for row in rows}

    return read


def list_ids(store, login: str) -> list[int]:
    return [attempt.id for attempt in store.list_attempts(user=login)]


def test_a_learner_before_the_first_attempt_is_known(store, users):
    store.keep_identity("alice", SEVEN)
    assert users() == {"alice": (7, "https://avatars/7")}


def test_attempts_from_before_the_id_was_known_stay(store, users):
    attempt_id = add(store, "alice")
    store.keep_identity("alice", SEVEN)
    assert users() == {"alice": (7, "https://avatars/7")}
    assert list_ids(store, "alice") == [attempt_id]


def test_a_new_picture_is_kept(store, users):
    store.keep_identity("alice", SEVEN)
    store.keep_identity("alice", GitHubIdentity(7, None))
    assert users() == {"alice": (7, None)}


def test_a_renamed_login_keeps_its_attempts(store, users):
    store.keep_identity("alice", SEVEN)
    attempt_id = add(store, "alice")
    store.keep_identity("alicia", SEVEN)
    assert list_ids(store, "alicia") == [attempt_id]
    assert set(users()) == {"alicia"}


def test_a_login_that_another_takes_over_does_not_inherit_the_attempts(store, users):
    store.keep_identity("bob", EIGHT)
    attempt_id = add(store, "bob")
    store.keep_identity("bob", NINE)
    assert list_ids(store, "bob") == []
    (former,) = set(users()) - {"bob"}
    assert users() == {"bob": (9, "https://avatars/9"), former: (8, "https://avatars/8")}
    store.keep_identity("robert", EIGHT)
    assert list_ids(store, "robert") == [attempt_id]


def test_two_learners_may_swap_logins(store, users):
    store.keep_identity("alice", SEVEN)
    store.keep_identity("bob", EIGHT)
    of_seven = add(store, "alice")
    store.keep_identity("bob", SEVEN)
    store.keep_identity("alice", EIGHT)
    assert list_ids(store, "bob") == [of_seven]
    assert users() == {"alice": (8, "https://avatars/8"), "bob": (7, "https://avatars/7")}


@pytest.mark.parametrize("user_info", [None, {}, {"name": "of another authenticator"}])
def test_who_did_not_sign_in_by_github_has_no_identity(user_info):
    assert read_identity(user_info) is None


async def test_the_hub_tells_of_whoever_asks_also_at_once(settings, store, users):
    info = {"github_id": 7, "login": "Alicia", "avatar_url": "https://avatars/7"}
    async with serve_course(settings, store, WillingSandbox()) as service:
        service.hub.tokens["alices"] = {
            **user("alice", ACCESS, "access:servers!server=alice/"),
            "user_info": info,
        }
        answers = await asyncio.gather(*(service.get("api/me", "alices") for _ in range(5)))
        assert [answer.status_code for answer in answers] == [200] * 5
        assert answers[0].json() == {"name": "alice", "server": ""}
    assert users() == {"alice": (7, "https://avatars/7")}
