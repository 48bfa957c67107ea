"""A learner's home over HTTP: what it says in each state, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from course_service.database import open_engine
from course_service.session_clock import ClockPolicy
from course_service.session_store import EndReason
from tests.course_service.course_plans import failing, judged, passing, write_course
from tests.course_service.page_visitor import text_of
from tests.course_service.running_service import serve_course
from tests.course_service.sandbox_stand_ins import WillingSandbox

HOUR = timedelta(hours=1)


@pytest.fixture
async def service(settings, store, tmp_path):
    """A course: lab1 is due in two days, lab2 was due, lab3 opens in five."""

    def local(days: float) -> str:
        return f"{datetime.now(UTC) + timedelta(days=days, hours=1):%Y-%m-%d %H:%M}"

    labs = (
        f"[{{lab: lab1, due: {local(2)}}}, {{lab: lab2, due: {local(-1)}}}, {{lab: lab3, opens: {local(5)}}}]"
    )
    file = write_course(tmp_path, labs, zone="UTC")
    async with serve_course(replace(settings, course_file=file), store, WillingSandbox()) as service:
        yield service


async def test_who_comes_for_the_first_time_is_told_how_it_goes(service):
    page = await service.visitor().read()
    assert "Welcome" in page
    assert "No session runs. Start a lab to begin one: it lasts 30 minutes." in page
    assert "0 of 3 labs passed" in page
    assert page.count("Not started") == 2
    assert "Not open yet" in page
    assert "Since your last visit" not in page


async def test_labs_say_how_far_the_learner_is_and_by_when_they_are_due(service, store):
    judged(store, failing())
    judged(store, passing(), lab="lab2")
    page = await service.visitor().read()
    assert "Welcome" not in page
    first, second, third = (part for part in page.partition("passed")[2].split("minutes")[1:])
    assert "best score: 3 of 4 points 1 attempt" in first
    assert "in 2 days. Your last check found 1 thing to fix" in first
    assert "Resume" in first
    assert "best score: 4 of 4 points" in second
    assert "You passed it late. Open again" in second
    assert "Opens" in third
    assert "in 5 days." in third
    assert "Start" not in third
    assert "1 of 3 labs passed" in page


async def test_a_session_is_shown_extended_and_ended(service):
    service.hub.start_server("alice", datetime.now(UTC) - timedelta(minutes=26))
    alice = service.visitor()
    page = await alice.read()
    assert "4 minutes left in this session. Save your work" in page
    assert "Extend by 15 minutes" in page
    done = await alice.press("session/extend")
    assert (done.status_code, done.headers["Location"]) == (303, "/services/course/")
    page = await alice.read()
    assert "19 minutes left" in page
    assert "Extend" not in page, "it has been extended as often as the policy allows"
    refused = await alice.press("session/extend")
    assert refused.status_code == 409
    assert "A session can be extended once. Your files are kept" in text_of(refused)
    assert (await alice.press("session/end")).status_code == 303
    assert "alice" not in service.hub.servers
    assert (await alice.press("session/end")).status_code == 303, "it had ended already"


async def test_how_the_last_session_ended_is_said_once(service, settings, progress, sessions):
    started = datetime.now(UTC) - 2 * HOUR
    progress.visit_home("alice", started)
    session = sessions.record("alice", "c", started, ClockPolicy.of(settings))
    sessions.claim_end(session.id, started + HOUR)
    sessions.close_session(session.id, started + HOUR, EndReason.GONE)
    page = await service.visitor().read()
    assert page.count("Your session ended because its 30 minutes were over. Your files are kept.") == 1
    assert "That was" in page


async def test_who_waits_for_a_place_sees_it_and_finds_back_to_the_waiting_page(service):
    service.hub.wait_for_place("alice", 3)
    page = await service.visitor().open()
    assert "All places are taken. You are 3rd in line; about 3 minutes." in text_of(page)
    assert 'href="/hub/spawn"' in page.text
    service.hub.start_server("alice", pending="spawn")
    assert "Your session is starting." in await service.visitor().read()


async def test_news_stay_for_the_visit_and_no_longer(service, settings, store, progress, sessions):
    before = datetime.now(UTC) - 30 * HOUR
    progress.visit_home("alice", before)
    attempt = judged(store, failing())
    store.replace_result(attempt, passing())
    session = sessions.record("alice", "c", before + HOUR, ClockPolicy.of(settings))
    sessions.claim_end(session.id, before + 2 * HOUR)
    sessions.close_session(session.id, before + 2 * HOUR, EndReason.GONE)
    service.hub.start_server("alice")
    alice = service.visitor()
    for _ in range(2):  # a reload loses nothing
        page = await alice.read()
        assert "Since your last visit" in page
        assert "You passed “Your first Dockerfile”." in page
        assert "on “Your first Dockerfile” was judged again: passed, 4 of 4 points." in page
        assert "“Layer caching” was due, and you have not passed it yet." in page
        assert "Your session ended because its 30 minutes were over." in page
        assert "Welcome" not in page
    progress.visit_home("alice", datetime.now(UTC) + HOUR)
    progress.visit_home("alice", datetime.now(UTC) + 2 * HOUR)
    assert "Since your last visit" not in await alice.read()


@pytest.mark.parametrize("path", ["session/extend", "session/end"])
async def test_another_sites_form_does_nothing(service, path):
    service.hub.start_server("alice")
    alice = service.visitor()
    await alice.open()
    refused = await alice.press(path, with_xsrf=False)
    assert refused.status_code == 403
    assert "Nothing was done" in text_of(refused)
    assert "alice" in service.hub.servers
    assert "30 minutes left" in await alice.read(path), "a page that is opened does nothing"


async def test_a_script_gets_the_page_with_the_xsrf_token_alone(service):
    alice = service.visitor()
    page = await alice.open()
    token = page.text.partition('data-xsrf="')[2].partition('"')[0]
    script = {"Sec-Fetch-Mode": "cors"}
    assert (await alice.open("", **script)).status_code == 302
    assert (await alice.open("", **script, **{"X-XSRFToken": token})).status_code == 200


async def test_names_are_shown_as_they_are(service):
    service.hub.tokens["odd-token"] = {
        **service.hub.tokens["alice-token"],
        "name": "<script>alert(1)</script>",
    }
    page = await service.visitor("odd-token").open()
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


async def test_without_the_hub_labs_are_there_and_without_the_database_there_is_a_sentence(service, settings):
    alice = service.visitor()
    await alice.open()
    service.hub.is_up = False
    page = await alice.read()
    assert "The hub does not answer just now" in page
    assert "0 of 3 labs passed" in page
    stranger = await service.visitor("bob-token").open()
    assert stranger.status_code == 503
    assert "The hub does not answer who you are." in text_of(stranger)
    service.hub.is_up = True
    engine = open_engine(settings.course_db_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE lab_starts RENAME TO gone"))
    engine.dispose()
    broken = await alice.open()
    assert broken.status_code == 500
    assert "The course service met an error of its own." in text_of(broken)


async def test_a_course_without_labs_says_so(settings, store, tmp_path):
    (tmp_path / "labs").mkdir()
    async with serve_course(
        replace(settings, labs_dir=tmp_path / "labs"), store, WillingSandbox()
    ) as service:
        assert "This course has no labs yet." in await service.visitor().read()
