"""Bodies and requests at the service's door: what is odd is refused quickly, and nothing of it stays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest

from course_service.authentication import CACHE_SECONDS
from course_service.database import upgrade_database
from course_service.store import Store
from course_service.submission_collector import MOST_STREAM_BYTES
from hub_config.settings import Settings
from tests.course_service.conftest import pack
from tests.course_service.running_service import PREFIX, RunningService, read_events, serve_course
from tests.course_service.sandbox_stand_ins import HeldSandbox, WillingSandbox

from .archives import ARCHIVES, END, header, padded
from .requests import REQUESTS
from .row import ArchiveRow, RequestRow
from .sandboxes import is_clean

REFUSAL_SECONDS = 5
"""A hundredth of it is usual; a machine that is busy with other tests takes longer."""

GOOD = pack({"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n"})
SUBMITS = 50


@pytest.fixture(scope="module")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a course of its own."""
    return Settings(instance="containrlab-test-hostile", state_dir=tmp_path_factory.mktemp("door"))


@pytest.fixture(scope="module")
def base_store(base_settings: Settings) -> Iterator[Store]:
    """A real, empty database."""
    upgrade_database(base_settings.course_db_url)
    store = Store(base_settings.course_db_url)
    yield store
    store.close()


@pytest.fixture(scope="module")
async def door(base_settings: Settings, base_store: Store) -> AsyncIterator[RunningService]:
    """The course service, listening, for requests of which nothing may stay."""
    async with serve_course(base_settings, base_store, WillingSandbox()) as service:
        await service.get("api/me")  # so that what is timed is the refusal alone
        yield service


@pytest.fixture
def sandbox() -> WillingSandbox:
    """What attempts are judged in."""
    return WillingSandbox()


@pytest.fixture
async def service(settings: Settings, store: Store, sandbox: WillingSandbox) -> AsyncIterator[RunningService]:
    """The course service, listening, for a test that stores something."""
    async with serve_course(settings, store, sandbox) as service:
        yield service


async def attempts_of(service: RunningService, token: str) -> list[dict]:
    return (await service.get("api/attempts", token)).json()["attempts"]


async def assert_nothing_stays(service: RunningService) -> None:
    assert service.sandbox.opened == 0
    for token in ("alice-token", "bob-token"):
        assert await attempts_of(service, token) == []


@pytest.mark.parametrize("row", ARCHIVES, ids=lambda row: row.name)
async def test_an_odd_archive_is_refused_in_a_sentence(door, enter, row: ArchiveRow):
    entry = enter(row.number, row.name, f"{row.status} submission_rejected")
    started = time.monotonic()
    answer = await door.check(row.body)
    entry.seconds = time.monotonic() - started
    body = answer.json()
    entry.seen = f"{answer.status_code} {body.get('code', 'taken')}"
    assert entry.seen == entry.expected
    assert row.problem in body["message"]
    assert body["message"].endswith(".")
    assert body["hint"].endswith((".", "staff."))
    assert is_clean(body["message"])
    assert entry.seconds < REFUSAL_SECONDS
    await assert_nothing_stays(door)


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
async def test_a_request_that_lies_is_refused(door, enter, row: RequestRow):
    entry = enter(row.number, row.name, f"{row.status} {row.code}")
    body = {"content": b"\x1f\x8b" + GOOD} if row.method == "POST" else {}
    started = time.monotonic()
    answer = await door.ask(row.method, row.path, row.token, headers=row.headers, **body)
    entry.seconds = time.monotonic() - started
    entry.seen = f"{answer.status_code} {answer.json().get('code', 'taken')}"
    assert entry.seen == entry.expected
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert is_clean(answer.json()["message"])
    assert entry.seconds < REFUSAL_SECONDS
    await assert_nothing_stays(door)


async def test_what_a_request_says_of_itself_counts_for_nothing(service, enter):
    entry = enter(25, "another user and session in address and headers", "alice's own attempt")
    path = "api/judge/lab1?user=bob&server=second&session=1&attempt_id=1"
    headers = {"X-Forwarded-User": "bob", "X-JupyterHub-User": "bob", "Remote-User": "bob"}
    answer = await service.ask("POST", path, headers=headers, content=GOOD)
    attempt_id = answer.json()["attempt_id"]
    await read_events(service, attempt_id)
    (own,) = await attempts_of(service, "alice-token")
    entry.seen = f"{own['user']}'s own attempt"
    assert entry.seen == entry.expected
    assert await attempts_of(service, "bob-token") == []


async def test_another_learners_attempt_is_not_there(service, enter):
    entry = enter(25, "another user's token and an attempt's number", "404 attempt_not_found")
    attempt_id = (await service.check(GOOD)).json()["attempt_id"]
    await read_events(service, attempt_id)
    for path in (f"api/attempts/{attempt_id}", f"api/attempts/{attempt_id}/events"):
        answer = await service.get(path, "bob-token")
        entry.seen = f"{answer.status_code} {answer.json()['code']}"
        assert entry.seen == entry.expected


async def test_a_stopped_sessions_token_is_refused_once_the_cache_has_aged(service, enter, monkeypatch):
    entry = enter(25, "a stopped session's token", "200, then 403 not_allowed")
    first = await service.get("api/me")
    del service.hub.tokens["alice-token"]
    later = time.monotonic() + CACHE_SECONDS + 1
    clock = SimpleNamespace(monotonic=lambda: later)  # the cache's own: the event loop's goes on as it is
    monkeypatch.setattr("jupyterhub.services.auth.time", clock)
    second = await service.check(GOOD)
    entry.seen = f"{first.status_code}, then {second.status_code} {second.json()['code']}"
    assert entry.seen == entry.expected
    assert service.sandbox.opened == 0


class TestManyAtOnce:
    @pytest.fixture
    def sandbox(self) -> HeldSandbox:
        """Runs until it is let go."""
        return HeldSandbox()

    async def test_of_fifty_checks_at_once_one_runs(self, service, enter):
        entry = enter(26, "fifty checks at once", "1 taken, 49 attempt_running")
        started = time.monotonic()
        answers = await asyncio.gather(*(service.check(GOOD) for _ in range(SUBMITS)))
        entry.seconds = time.monotonic() - started
        codes = [answer.json().get("code", "taken") for answer in answers]
        entry.seen = ", ".join(f"{codes.count(code)} {code}" for code in ("taken", "attempt_running"))
        assert entry.seen == entry.expected
        assert {answer.status_code for answer in answers} == {202, 409}
        service.sandbox.go.set()
        (attempt,) = await attempts_of(service, "alice-token")
        await read_events(service, attempt["id"])
        assert service.sandbox.opened == 1


async def test_modes_and_owners_in_an_archive_count_for_nothing(service, store, enter):
    entry = enter(29, "setuid, setgid and a file's capabilities", "taken as plain files")
    program = header("su", 1, mode=0o6777, uid=0, gid=0, uname="root") + padded(b"x")
    answer = await service.check(program + GOOD[: -len(END)] + END)
    assert answer.status_code == 202
    await read_events(service, answer.json()["attempt_id"])
    entry.seen = "taken as plain files"


async def send_raw(port: int, head: str, chunk: bytes = b"", chunks: int = 0) -> tuple[bytes, float]:
    """What the service answers, and after how long, while a client goes on sending."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = time.monotonic()
    lines = [f"POST {PREFIX}api/judge/lab1 HTTP/1.1", "Host: x", "Authorization: token alice-token", head]
    writer.write("\r\n".join([*lines, "", ""]).encode())

    async def send() -> None:
        for _ in range(chunks):
            writer.write(chunk)
            await writer.drain()

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(2 * REFUSAL_SECONDS):
            answer = await reader.readuntil(b"}")
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.transport.abort()  # what was not sent yet would keep it open
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return answer, time.monotonic() - started


@pytest.mark.parametrize(
    ("name", "head", "chunk"),
    [
        ("a gigabyte by its header", f"Content-Length: {1024**3}", b"x" * 65536),
        ("a byte too many", f"Content-Length: {MOST_STREAM_BYTES + 1}", b"x" * 65536),
        (
            "an endless stream without a length",
            "Transfer-Encoding: chunked",
            b"10000\r\n" + b"x" * 65536 + b"\r\n",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("a") else "",
)
async def test_a_body_above_the_limit_is_refused_while_it_comes(door, enter, name, head, chunk):
    entry = enter(4, name, "413 submission_rejected")
    answer, entry.seconds = await send_raw(door.port, head, chunk, chunks=2 * MOST_STREAM_BYTES // 65536)
    status = answer.split(b" ", 2)[1].decode()
    entry.seen = f"{status} submission_rejected" if b"submission_rejected" in answer else status
    assert entry.seen == entry.expected
    assert entry.seconds < REFUSAL_SECONDS
    await assert_nothing_stays(door)
