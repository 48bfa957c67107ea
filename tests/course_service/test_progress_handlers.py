"""Progress over HTTP: one's own for everybody, the class's for course staff alone."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from course_service.catalogue import load_catalogue
from course_service.github_identity import GitHubIdentity
from hub_config.settings import ROOT

from .course_plans import failing, judged, not_graded, passing, write_course
from .running_service import read_events, serve_course
from .sandbox_stand_ins import WillingSandbox

GOOD = {"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n", "app.py": b"1\n"}
FORMULA = "=cmd|'/C calc'!A0"
POINTS = {lab.slug: lab.description.max_score for lab in load_catalogue(ROOT / "lab_notebooks")}
STAFF_PATHS = ["api/course/progress", "api/course/grades.csv", "api/course/attempts.csv"]


def local(hours: float) -> str:
    """That many hours from now, as a course.yaml in UTC has it."""
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
async def service(settings, store, tmp_path):
    """A course: lab2 was due an hour ago, lab1 is never due, lab3 opens in an hour."""
    labs = f"[{{lab: lab2, due: {local(-1)}}}, {{lab: lab1}}, {{lab: lab3, opens: {local(1)}}}]"
    file = write_course(tmp_path, labs, zone="UTC")
    async with serve_course(replace(settings, course_file=file), store, WillingSandbox()) as service:
        yield service


async def test_labs_are_listed_in_the_courses_order_with_their_times(service):
    labs = (await service.get("api/labs")).json()["labs"]
    assert [(lab["slug"], lab["is_open"]) for lab in labs] == [
        ("lab2", True),
        ("lab1", True),
        ("lab3", False),
    ]
    assert datetime.fromisoformat(labs[0]["due_at"]) < datetime.now(UTC)
    assert (labs[0]["opens_at"], labs[1]["due_at"]) == (None, None)
    described = (await service.get("api/labs/lab3")).json()
    assert {key: described[key] for key in labs[2]} == labs[2]
    assert described["due"] is None
    assert (await service.get("api/labs/lab2")).json()["due"].endswith("(UTC)")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "api/labs/lab3/files"), ("GET", "api/labs/lab3/solution"), ("POST", "api/judge/lab3")],
)
async def test_before_a_lab_opens_it_is_not_given_out_and_not_judged(service, method, path):
    answer = await service.ask(method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "lab_not_open")
    assert answer.json()["message"].startswith('"Multi-stage builds" opens on ')
    assert answer.json()["message"].endswith(" (UTC).")
    assert service.sandbox.opened == 0
    assert (await service.get("api/progress")).json()["labs"][2]["state"] == "not_started"


async def test_a_lab_that_the_course_does_not_name_is_not_found(service, tmp_path):
    write_course(tmp_path, "[{lab: lab2}]")
    for path in ("api/labs/lab1", "api/labs/lab1/files", "api/labs/lab1/solution"):
        answer = await service.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "lab_not_found")
    assert (await service.ask("POST", "api/judge/lab1")).status_code == 404


async def test_an_attempt_after_the_due_time_is_judged_and_late(service, make_tar):
    taken = await service.ask("POST", "api/judge/lab2", content=make_tar(GOOD))
    attempt_id = taken.json()["attempt_id"]
    (*_, (_, told)) = await read_events(service, attempt_id)
    assert told["is_late"] is True
    assert (await service.get(f"api/attempts/{attempt_id}")).json() == told
    (listed,) = (await service.get("api/attempts")).json()["attempts"]
    assert listed["is_late"] is True
    on_time = (await service.check(make_tar(GOOD))).json()["attempt_id"]
    (*_, (_, told)) = await read_events(service, on_time)
    assert told["is_late"] is False


async def test_a_learners_progress_is_theirs(service, store):
    judged(store, failing())
    judged(store, passing(), "bob")
    answer = (await service.get("api/progress")).json()
    assert answer["course"] == {"title": "Containers, autumn 2026", "time_zone": "UTC"}
    assert abs(datetime.now(UTC) - datetime.fromisoformat(answer["now"])) < timedelta(minutes=1)
    first, second, third = answer["labs"]
    assert (first["slug"], first["state"], first["attempts"]) == ("lab2", "not_started", 0)
    assert (first["best_score"], first["max_score"]) == (None, POINTS["lab2"])
    assert third["state"] == "not_started"
    expected = {
        "slug": "lab1",
        "title": "Your first Dockerfile",
        "state": "in_progress",
        "attempts": 1,
        "best_score": 3,
        "max_score": 4,
        "best_score_on_time": 3,
        "is_late": False,
        "is_open": True,
        "last_failing_codes": ["healthcheck_failed"],
        "passed_at": None,
    }
    assert {key: second[key] for key in expected} == expected
    assert second["started_at"] == second["last_attempt_at"]


async def test_to_take_a_labs_files_is_to_start_it(service):
    before = datetime.now(UTC)
    await service.get("api/labs/lab1/files")
    lab = (await service.get("api/progress")).json()["labs"][1]
    assert lab["state"] == "in_progress"
    assert before <= datetime.fromisoformat(lab["started_at"]) <= datetime.now(UTC)
    await service.get("api/labs/lab1/files")
    assert (await service.get("api/progress")).json()["labs"][1]["started_at"] == lab["started_at"]


@pytest.mark.parametrize("path", STAFF_PATHS)
async def test_the_class_is_for_course_staff_alone(service, path):
    for token in ("alice-token", "", "unknown-token", "service-token"):
        answer = await service.get(path, token)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await service.get(path, "staff-token")).status_code == 200


async def test_staff_see_every_learner_with_their_running_session(service, store):
    store.keep_identity("ada", GitHubIdentity(42, "https://github.example/42"))
    judged(store, passing(), "ada", "lab2")
    judged(store, failing(), "bob")
    service.hub.start_server("bob")
    await service.watch.find("bob")
    answer = (await service.get("api/course/progress", "staff-token")).json()
    assert [(lab["slug"], lab["max_score"]) for lab in answer["labs"]] == [
        (slug, POINTS[slug]) for slug in ("lab2", "lab1", "lab3")
    ]
    ada, bob = answer["learners"]
    assert (ada["user"], ada["github_login"], ada["avatar_url"], ada["session"]) == (
        "ada",
        "ada",
        "https://github.example/42",
        None,
    )
    assert [(lab["slug"], lab["state"], lab["is_late"]) for lab in ada["labs"]] == [
        ("lab2", "passed", True),
        ("lab1", "not_started", False),
        ("lab3", "not_started", False),
    ]
    assert (bob["user"], bob["github_login"]) == ("bob", None)
    times = {key: datetime.fromisoformat(moment) for key, moment in bob["session"].items()}
    assert times["expires_at"] - times["started_at"] == timedelta(minutes=30)


async def read_table(service, path: str) -> list[dict[str, str]]:
    answer = await service.get(path, "staff-token")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{path.rpartition("/")[2]}"'
    assert answer.content.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


async def test_grades_have_a_line_for_each_learner_and_lab(service, store):
    judged(store, failing(), 'ünïcode, "x"\n', "lab2")
    judged(store, passing(), FORMULA)
    rows = await read_table(service, "api/course/grades.csv")
    assert [(row["learner"], row["lab"], row["state"]) for row in rows] == [
        (f"'{FORMULA}", "lab2", "not_started"),
        (f"'{FORMULA}", "lab1", "passed"),
        (f"'{FORMULA}", "lab3", "not_started"),
        ('ünïcode, "x"\n', "lab2", "in_progress"),
        ('ünïcode, "x"\n', "lab1", "not_started"),
        ('ünïcode, "x"\n', "lab3", "not_started"),
    ]
    late, passed = rows[3], rows[1]
    assert (late["best_score"], late["max_score"], late["is_late"], late["best_score_on_time"]) == (
        *("3", "4", "true", ""),
    )
    assert late["last_failing_codes"] == "healthcheck_failed"
    assert late["due_at"].endswith("+00:00")
    assert (passed["is_late"], passed["due_at"]) == ("false", "")


async def test_attempts_have_a_line_each_in_however_many_parts_they_are_read(service, store, monkeypatch):
    monkeypatch.setattr("course_service.progress_store.EXPORT_CHUNK", 2)
    ids = [judged(store, result, FORMULA) for result in (failing(), not_graded(), passing())]
    judged(store, passing(), lab="elsewhere")
    rows = await read_table(service, "api/course/attempts.csv")
    assert [int(row["attempt"]) for row in rows] == ids
    assert {row["learner"] for row in rows} == {f"'{FORMULA}"}
    assert [(row["graded"], row["passed"], row["score"], row["failing_codes"]) for row in rows] == [
        ("true", "false", "3", "healthcheck_failed"),
        ("false", "false", "0", ""),
        ("true", "true", "4", ""),
    ]
