"""More learners than places, at a real hub whose sessions are processes."""

from __future__ import annotations

import psutil

from operator_cli.waiting import wait_for

from .small_course import SECONDS, SmallCourse


def test_who_waits_is_let_in_in_turn(full_course: SmallCourse):
    assert [full_course.place_of(name) for name in ("cem", "dia")] == ["1st", "2nd"]
    full_course.give_up("ann")
    assert full_course.told("cem", lambda event: event.get("ready"))
    assert full_course.place_of("dia") == "1st"
    assert full_course.running("ann", "ben", "cem", "dia") == {"ben", "cem"}
    full_course.want("ann")
    assert full_course.place_of("ann") == "2nd", "who ended a session asks like anybody"


def test_who_leaves_the_line_is_not_let_in(full_course: SmallCourse):
    full_course.give_up("cem")
    assert full_course.place_of("dia") == "1st"
    full_course.give_up("ben")
    assert full_course.told("dia", lambda event: event.get("ready"))
    assert full_course.running("ann", "ben", "cem", "dia") == {"ann", "dia"}


def test_who_asks_again_has_one_place(full_course: SmallCourse):
    full_course.want("cem", "dia", "cem")
    assert [full_course.place_of(name) for name in ("cem", "dia")] == ["1st", "2nd"]


def test_admin_is_next(full_course: SmallCourse):
    full_course.want("teacher")
    assert [full_course.place_of(name) for name in ("teacher", "cem")] == ["1st", "2nd"]
    full_course.give_up("teacher")


def test_session_that_crashes_gives_its_place(full_course: SmallCourse):
    assert full_course.ask_for_session("ben").status_code == 200
    _process_of(full_course, "ben").kill()
    assert full_course.told("cem", lambda event: event.get("ready"))
    assert wait_for(lambda: full_course.ended_as("ben") == "crashed", SECONDS)


def test_restarted_hub_counts_the_sessions_that_run(full_course: SmallCourse):
    full_course.kill()
    full_course.start()
    assert full_course.running("ann", "ben", "cem", "dia") == {"ann", "ben"}
    full_course.want("dia", "cem")
    assert [full_course.place_of(name) for name in ("dia", "cem")] == ["1st", "2nd"]
    assert full_course.ask_for_session("ann").status_code == 200
    full_course.give_up("ann")
    assert full_course.told("dia", lambda event: event.get("ready"))
    assert full_course.place_of("cem") == "1st"
    assert wait_for(lambda: full_course.ended_as("ann") == "stopped", SECONDS)


def _process_of(course: SmallCourse, name: str) -> psutil.Process:
    (found,) = (
        process
        for process in course.hub.process.children(recursive=True)
        if process.environ().get("JUPYTERHUB_USER") == name
    )
    return found
