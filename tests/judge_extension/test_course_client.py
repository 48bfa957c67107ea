"""What of the course client a request through the whole server does not show."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from judge_extension import course_client
from judge_extension.course_client import CourseClient
from judge_extension.errors import CourseServiceUnavailable

from .course_stand_in import CourseStandIn


@pytest.fixture
async def client(course: CourseStandIn) -> AsyncIterator[CourseClient]:
    """A client of the stand-in."""
    client = CourseClient(course.url.rstrip("/"), "secret-token", host="hub.example.org")
    yield client
    await client.close()


async def test_the_host_can_be_another_than_the_addresss(client: CourseClient, course: CourseStandIn) -> None:
    await client.get("api/me")
    assert course.requests[-1][2]["Host"] == "hub.example.org"


async def test_the_sessions_proxy_is_not_used(
    client: CourseClient, course: CourseStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert await client.get("api/me") == {"name": "alice", "server": ""}


async def test_an_answer_without_end_is_not_swallowed(
    client: CourseClient, course: CourseStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_client, "MAX_LAB_FILES_BYTES", 1000)
    with pytest.raises(CourseServiceUnavailable, match="does not answer"):
        await client.lab_files("lab1")


@pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "http://[broken/"])
async def test_an_address_that_is_none_is_a_service_that_does_not_answer(url: str) -> None:
    client = CourseClient(url, "secret-token")
    with pytest.raises(CourseServiceUnavailable) as error:
        await client.get("api/me")
    with pytest.raises(CourseServiceUnavailable):
        async with client.events(1):
            pass
    assert "secret-token" not in f"{error.value}{error.value.reason}"
    await client.close()
