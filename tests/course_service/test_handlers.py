"""The course service over real HTTP, with a small stand-in for the hub."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import time
from dataclasses import dataclass

import httpx
import pytest
from tornado.testing import bind_unused_port

from course_service.app import make_app, make_server
from course_service.attempt_queue import AttemptQueue
from course_service.authentication import make_hub_auth
from course_service.catalogue import load_catalogue
from course_service.requests import CourseServices
from course_service.submission import MOST_STREAM_BYTES

from .hub_stand_in import HubStandIn
from .sandbox_stand_ins import HeldSandbox, WillingSandbox

PREFIX = "/services/course/"
GOOD = {"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n", "app.py": b"1\n"}
SECRET = "connection string of the database"


@dataclass
class RunningService:
    """A served course and how to ask it."""

    port: int
    hub: HubStandIn
    sandbox: WillingSandbox
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, token: str = "alice-token", **request) -> httpx.Response:
        headers = {"Authorization": f"token {token}"} if token else {}
        headers.update(request.pop("headers", {}))
        return await self.client.request(method, path, headers=headers, **request)

    async def get(self, path: str, token: str = "alice-token") -> httpx.Response:
        return await self.ask("GET", path, token)

    async def check(self, files: bytes, token: str = "alice-token") -> httpx.Response:
        return await self.ask("POST", "api/judge/lab1", token, content=files)


@pytest.fixture
def sandbox() -> WillingSandbox:
    """What attempts are judged in."""
    return WillingSandbox()


@pytest.fixture
async def service(settings, store, sandbox):
    """The course service, listening."""
    hub = HubStandIn()
    queue = AttemptQueue(settings, store, lambda *_: sandbox.open)
    hub_auth = make_hub_auth({"JUPYTERHUB_API_URL": hub.api_url, "JUPYTERHUB_API_TOKEN": "own-token"})
    services = CourseServices(load_catalogue(settings.labs_dir), store, queue, hub_auth)
    server = make_server(make_app(PREFIX, services))
    socket, port = bind_unused_port()
    server.add_socket(socket)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{PREFIX}", trust_env=False) as client:
        yield RunningService(port, hub, sandbox, client)
    server.stop()
    await server.close_all_connections()
    hub.stop()
    await asyncio.to_thread(queue.close)


async def read_events(service: RunningService, attempt_id: int, token: str = "alice-token"):
    headers = {"Authorization": f"token {token}"}
    events = []
    async with (
        asyncio.timeout(20),
        service.client.stream("GET", f"api/attempts/{attempt_id}/events", headers=headers) as response,
    ):
        assert response.headers["Content-Type"] == "text/event-stream"
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    return events


async def test_health_needs_no_token(service):
    answer = await service.get("health", token="")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("alice-token", {"name": "alice", "server": ""}),
        ("bob-token", {"name": "bob", "server": "second"}),
        ("o'brien-token", {"name": "o'brien", "server": ""}),
        ("no-server-token", {"name": "carol", "server": None}),
    ],
)
async def test_identity_is_what_the_hub_says_of_the_token(service, token, expected):
    assert (await service.get("api/me", token)).json() == expected


@pytest.mark.parametrize("token", ["", "unknown-token", "no-scope-token", "service-token"])
@pytest.mark.parametrize(
    "path", ["api/me", "api/labs", "api/labs/lab1", "api/labs/lab1/files", "api/attempts", "api/attempts/1"]
)
async def test_without_a_learners_token_nothing_is_answered(service, token, path):
    answer = await service.get(path, token)
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


async def test_a_check_without_a_learners_token_is_refused_before_its_body_is_judged(service, make_tar):
    assert (await service.check(make_tar(GOOD), token="no-scope-token")).status_code == 403
    assert service.sandbox.opened == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "jupyterhub-services=alice-token; token=alice-token"},
        {"Authorization": "Basic YWxpY2UtdG9rZW46"},
        {"Authorization": "alice-token"},
        {"Authorization": "token"},
    ],
)
async def test_only_bearer_tokens_count(service, headers):
    assert (await service.ask("GET", "api/me?token=alice-token", "", headers=headers)).status_code == 403


async def test_a_hub_that_fails_is_said_and_not_cached(service):
    service.hub.is_up = False
    answer = await service.get("api/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "hub_unavailable")
    service.hub.is_up = True
    assert (await service.get("api/me")).status_code == 200


async def test_labs_are_listed_and_described(service):
    (lab,) = [lab for lab in (await service.get("api/labs")).json()["labs"] if lab["slug"] == "lab1"]
    described = (await service.get("api/labs/lab1")).json()
    assert {key: described[key] for key in lab} == lab
    assert described["checks"][0] == {"title": "There is a Dockerfile"}
    assert "*.ipynb" in described["submission"]["exclude"]


async def test_lab_files_are_the_learners_and_nothing_of_the_judges(service):
    answer = await service.get("api/labs/lab1/files")
    assert answer.headers["Content-Type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        names = archive.getnames()
    assert {"app.py", "requirements.txt", "Dockerfile"} <= set(names)
    assert not [name for name in names if "judge" in name or "solution" in name]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "api/labs/lab99", 404, "lab_not_found"),
        ("GET", "api/labs/..%2Flab1/files", 404, "lab_not_found"),
        ("POST", "api/judge/lab99", 404, "lab_not_found"),
        ("GET", "api/attempts/12345", 404, "attempt_not_found"),
        ("GET", "api/attempts/12345/events", 404, "attempt_not_found"),
        ("GET", "api/attempts/-1", 404, "not_found"),
        ("GET", "nothing/here", 404, "not_found"),
        ("GET", "../elsewhere", 404, "not_found"),
        ("DELETE", "api/labs", 405, "method_not_allowed"),
        ("GET", "api/judge/lab1", 405, "method_not_allowed"),
    ],
)
async def test_errors_are_json_with_code_and_message(service, method, path, status, code):
    answer = await service.ask(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["code"] == code
    assert answer.json()["message"]


async def test_an_error_of_ours_says_nothing_of_the_inside(service, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("course_service.store.Store.list_attempts", fail)
    answer = await service.get("api/attempts")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert SECRET not in answer.text


async def test_a_check_is_taken_judged_and_kept(service, make_tar):
    taken = await service.check(make_tar(GOOD))
    assert taken.status_code == 202
    attempt_id = taken.json()["attempt_id"]
    events = await read_events(service, attempt_id)
    name, attempt = events[-1]
    assert name == "result"
    assert attempt["result"]["passed"] is True
    assert (await service.get(f"api/attempts/{attempt_id}")).json() == attempt
    listed = (await service.get("api/attempts?lab=lab1")).json()["attempts"]
    assert [one["id"] for one in listed] == [attempt_id]
    assert (await service.get("api/attempts?lab=lab2")).json() == {"attempts": []}


async def test_attempts_are_their_learners_alone(service, make_tar):
    attempt_id = (await service.check(make_tar(GOOD))).json()["attempt_id"]
    await read_events(service, attempt_id)
    for path in (f"api/attempts/{attempt_id}", f"api/attempts/{attempt_id}/events"):
        assert (await service.get(path, "bob-token")).status_code == 404
    assert (await service.get("api/attempts", "bob-token")).json() == {"attempts": []}


class TestWhileAnAttemptRuns:
    @pytest.fixture
    def sandbox(self) -> HeldSandbox:
        """Runs until it is let go."""
        return HeldSandbox()

    async def test_a_second_check_is_refused_with_the_number_of_the_first(self, service, make_tar):
        first = (await service.check(make_tar(GOOD))).json()["attempt_id"]
        second = await service.check(make_tar(GOOD))
        assert second.status_code == 409
        assert second.json()["code"] == "attempt_running"
        assert second.json()["attempt_id"] == first
        service.sandbox.go.set()
        await read_events(service, first)

    async def test_every_reader_follows_from_the_start(self, service, make_tar):
        attempt_id = (await service.check(make_tar(GOOD))).json()["attempt_id"]
        assert await asyncio.to_thread(service.sandbox.started.acquire, timeout=10)
        readers = [asyncio.create_task(read_events(service, attempt_id)) for _ in range(3)]
        running = (await service.get(f"api/attempts/{attempt_id}")).json()
        assert (running["status"], running["result"]) == ("running", None)
        service.sandbox.go.set()
        seen = await asyncio.gather(*readers)
        assert seen[0] == seen[1] == seen[2]
        assert seen[0][0] == ("progress", {"message": "Looking at your files", "step": 0, "steps": 6})
        assert [name for name, _ in seen[0]].count("result") == 1
        assert seen[0][-1][0] == "result"


async def test_a_reader_that_comes_after_the_end_gets_the_result(service, make_tar):
    attempt_id = (await service.check(make_tar(GOOD))).json()["attempt_id"]
    await read_events(service, attempt_id)
    ((name, attempt),) = await read_events(service, attempt_id)
    assert (name, attempt["status"]) == ("result", "finished")


async def test_an_odd_submission_is_refused_with_advice_and_not_stored(service, make_tar):
    answer = await service.check(make_tar({"/etc/passwd": b"x"}))
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "submission_rejected",
        "message": "'/etc/passwd' is an absolute path.",
        "hint": "Send paths inside the folder only.",
    }
    assert (await service.get("api/attempts")).json() == {"attempts": []}


async def test_too_many_files_are_too_large(service, make_tar):
    answer = await service.check(make_tar({f"f{number}": b"" for number in range(500)}))
    assert (answer.status_code, answer.json()["code"]) == (413, "submission_rejected")


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
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"}")
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    return answer, time.monotonic() - started


async def test_a_gigabyte_is_refused_by_its_header_within_a_second(service):
    answer, seconds = await send_raw(service.port, f"Content-Length: {1024**3}", b"x" * 65536, chunks=16)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"submission_rejected" in answer
    assert seconds < 1


async def test_an_endless_body_without_a_length_is_refused_at_the_limit(service):
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    most = 2 * MOST_STREAM_BYTES // 65536
    answer, seconds = await send_raw(service.port, "Transfer-Encoding: chunked", piece, chunks=most)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"submission_rejected" in answer
    assert seconds < 2
