"""The course service over real HTTP, with a small stand-in for the hub."""

from __future__ import annotations

import asyncio
import io
import tarfile

import pytest
from sqlalchemy import text

from course_service.database import open_engine
from course_service.submission import Submission
from course_service.verdict import CheckResult, CheckStatus, Evidence, JudgeResult

from .running_service import read_events, serve_course
from .sandbox_stand_ins import HeldSandbox, WillingSandbox

GOOD = {"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n", "app.py": b"1\n"}
SECRET = "connection string of the database"


@pytest.fixture
def sandbox() -> WillingSandbox:
    """What attempts are judged in."""
    return WillingSandbox()


@pytest.fixture
async def service(settings, store, sandbox):
    """The course service, listening."""
    async with serve_course(settings, store, sandbox) as service:
        yield service


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
    "path",
    [
        "api/me",
        "api/labs",
        "api/labs/lab1",
        "api/labs/lab1/files",
        "api/labs/lab1/solution",
        "api/attempts",
        "api/attempts/1",
    ],
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
        ("GET", "api/labs/lab99/solution", 404, "lab_not_found"),
        ("GET", "api/labs/..%2Flab1/solution", 404, "lab_not_found"),
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


LOCKED = {"code": "solution_locked", "message": "The solution opens once you have passed this lab."}
SOLUTION_LINE = "RUN pip install"


async def test_the_solution_opens_with_a_pass_and_stays_open(service, make_tar):
    answer = await service.get("api/labs/lab1/solution")
    assert (answer.status_code, answer.json()) == (403, LOCKED)
    await read_events(service, (await service.check(make_tar(GOOD))).json()["attempt_id"])
    await read_events(service, (await service.check(make_tar({"app.py": b""}))).json()["attempt_id"])
    answer = await service.get("api/labs/lab1/solution")
    assert answer.status_code == 200
    assert set(answer.json()) == {"explanation", "files"}
    files = {file["path"]: file["content"] for file in answer.json()["files"]}
    assert SOLUTION_LINE in files["Dockerfile"]


@pytest.mark.parametrize(
    ("user", "lab", "change"),
    [
        pytest.param("bob", "lab1", "", id="somebody else has passed"),
        pytest.param("alice", "lab2", "", id="another lab was passed"),
        pytest.param("alice", "lab1", "status = 'running'", id="has no verdict yet"),
        pytest.param("alice", "lab1", "graded = false", id="was not graded"),
        pytest.param("alice", "lab1", "passed = false", id="has failed"),
    ],
)
async def test_the_solution_stays_locked_where(service, store, settings, user, lab, change):
    submission = Submission({"Dockerfile": b"FROM x"}, frozenset())
    result = JudgeResult((CheckResult("It builds", CheckStatus.PASSED),), (), Evidence("sha256:c", "1", "1"))
    attempt = store.add_attempt(
        user=user, server_name="", lab=lab, submission=submission, if_interrupted=result
    )
    store.finish_attempt(attempt.id, result)
    if change:
        engine = open_engine(settings.course_db_url)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE judge_attempts SET {change}"))
        engine.dispose()
    answer = await service.get("api/labs/lab1/solution")
    assert (answer.status_code, answer.json()) == (403, LOCKED)
    assert SOLUTION_LINE not in (await service.get("api/labs/lab1")).text


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
        connected = asyncio.Semaphore(0)
        readers = [
            asyncio.create_task(read_events(service, attempt_id, connected=connected)) for _ in range(3)
        ]
        for _ in readers:
            await asyncio.wait_for(connected.acquire(), 10)
        running = (await service.get(f"api/attempts/{attempt_id}")).json()
        assert (running["status"], running["result"]) == ("running", None)
        service.sandbox.go.set()
        seen = await asyncio.gather(*readers)
        assert seen[0] == seen[1] == seen[2]
        assert seen[0][:2] == [
            ("progress", {"message": "Waiting for your turn", "place": 0, "step": 0, "steps": 6}),
            ("progress", {"message": "Looking at your files", "step": 0, "steps": 6}),
        ]
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
