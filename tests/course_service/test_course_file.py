"""course.yaml is read with its mistakes named, and read again when it was changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from course_service.catalogue import Catalogue, load_catalogue
from course_service.course_file import CourseFile, load_plan
from course_service.errors import CatalogueError, LabNotFound, LabNotOpen
from hub_config.settings import ROOT

from .course_plans import write_course


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The labs that are shipped: lab1, lab2 and lab3."""
    return load_catalogue(ROOT / "lab_notebooks")


@pytest.fixture
def read(tmp_path, settings, catalogue):
    """Writes a course.yaml with these labs, and reads it."""

    def read(labs: str, zone: str = "Europe/Berlin") -> CourseFile:
        file = write_course(tmp_path, labs, zone)
        return CourseFile(replace(settings, course_file=file), catalogue)

    return read


TIMED = "[{lab: lab2, opens: 2026-11-02 09:00, due: 2026-11-09 23:59}, {lab: lab1}]"


def test_times_are_the_zones_and_the_order_is_the_files(read):
    plan = read(TIMED).plan
    assert (plan.title, plan.zone.key, plan.slugs) == (
        "Containers, autumn 2026",
        "Europe/Berlin",
        ("lab2", "lab1"),
    )
    timed, untimed = plan
    assert timed.opens_at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert timed.due_at == datetime(2026, 11, 9, 22, 59, tzinfo=UTC)
    assert (untimed.opens_at, untimed.due_at) == (None, None)


def test_a_lab_opens_at_its_time_and_is_late_after_it_was_due(read):
    plan = read(TIMED).plan
    lab, always = plan
    assert not lab.is_open(datetime(2026, 11, 2, 7, 59, 59, tzinfo=UTC))
    assert lab.is_open(datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert lab.is_open(datetime(2027, 1, 1, tzinfo=UTC))
    assert not lab.is_late(datetime(2026, 11, 9, 22, 59, tzinfo=UTC))
    assert lab.is_late(datetime(2026, 11, 9, 22, 59, 0, 1, tzinfo=UTC))
    assert always.is_open(datetime(2000, 1, 1, tzinfo=UTC))
    assert not always.is_late(datetime(2100, 1, 1, tzinfo=UTC))


def test_before_it_opens_a_sentence_says_when(read):
    plan = read(TIMED).plan
    with pytest.raises(LabNotOpen) as raised:
        plan.find_open("lab2", datetime(2026, 11, 1, tzinfo=UTC))
    assert str(raised.value) == ('"Layer caching" opens on Monday 2 November 2026 at 09:00 (Europe/Berlin).')
    assert plan.find_open("lab1", datetime(2026, 11, 1, tzinfo=UTC)).slug == "lab1"


def test_a_lab_that_is_not_named_is_not_of_the_course(read):
    with pytest.raises(LabNotFound):
        read(TIMED).plan.find("lab3")


def test_without_a_file_every_lab_is_open_and_never_due(settings, catalogue):
    plan = CourseFile(settings, catalogue).plan
    assert plan.slugs == ("lab1", "lab2", "lab3")
    assert all((one.opens_at, one.due_at) == (None, None) for one in plan)


def test_the_file_in_the_folder_of_labs_is_the_default(settings, catalogue, tmp_path):
    write_course(tmp_path / "labs", "[{lab: lab3}]")
    course = CourseFile(replace(settings, labs_dir=tmp_path / "labs"), catalogue)
    assert course.plan.slugs == ("lab3",)


@pytest.mark.parametrize(
    ("labs", "said"),
    [
        ("[]", "3: labs: Tuple should have at least 1 item"),
        (
            "\n- lab: lab1\n- lab: lab9",
            "5: labs[1].lab: there is no lab 'lab9'; expected one of lab1, lab2, ",
        ),
        ("\n- lab: lab1\n- lab: lab1", "5: labs[1].lab: 'lab1' is labs[0] already"),
        (
            "\n- lab: lab1\n  open: 2026-11-02 09:00",
            "5: labs[0].open: there is no such key. Did you mean opens?",
        ),
        (
            "\n- lab: lab1\n  opens: 2026-11-09 09:00\n  due: 2026-11-09 08:59",
            "6: labs[0].due: 2026-11-09 08:59 is not after 2026-11-09 09:00; expected a time after it opens",
        ),
        (
            "\n- lab: lab1\n  due: 2026-03-29 02:30",
            "5: labs[0].due: 2026-03-29 02:30 does not exist in Europe/Berlin: clocks go forward over it",
        ),
        (
            "\n- lab: lab1\n  opens: 2026-10-25 02:30",
            "5: labs[0].opens: 2026-10-25 02:30 comes twice in Europe/Berlin: clocks go back over it",
        ),
        *(
            (f"\n- lab: lab1\n  due: {wrong}", "5: labs[0].due: expected a time of the course's time zone")
            for wrong in (
                "2026-11-09",
                "tomorrow",
                "2026-11-9 9:00",
                "2026-11-09T23:59",
                "2026-11-09 23:59:00Z",
                "2026-11-09 23:59:00+01:00",
                "0001-01-01 00:00",
                "20261109",
                "[2026, 11, 9]",
            )
        ),
        (
            "\n- lab: lab1\n  due: 2026-11-31 09:00",
            "5: labs[0].due: day is out of range for month; expected a",
        ),
        ("\n- lab: lab1\n  due: 2026-11-30 25:00", "5: labs[0].due: hour must be in 0..23; expected a time"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field_and_what_was_expected(read, tmp_path, labs, said):
    with pytest.raises(CatalogueError) as error:
        read(labs)
    (mistake,) = str(error.value).splitlines()
    assert mistake.startswith(f"{tmp_path / 'course.yaml'}:{said}")


@pytest.mark.parametrize("zone", ["Europe/Berln", "Europe", "../etc", "europe/berlin", "CEST"])
def test_an_unknown_zone_is_named(read, zone):
    with pytest.raises(CatalogueError, match=r":2: time_zone: there is no such time zone; expected a name"):
        read("[{lab: lab1}]", zone)


def test_seconds_may_be_given(read):
    (lab,) = read("[{lab: lab1, due: 2026-11-09 23:59:59}]").plan
    assert lab.due_at == datetime(2026, 11, 9, 22, 59, 59, tzinfo=UTC)


def test_the_example_is_one(catalogue):
    plan = load_plan(ROOT / "lab_notebooks" / "course.example.yaml", catalogue)
    assert [one.due_at is None for one in plan] == [False, False, True]


def test_a_changed_file_counts_at_once(read, tmp_path):
    course = read(TIMED)
    write_course(tmp_path, "[{lab: lab2, due: 2026-11-16 23:59}]")
    (lab,) = course.plan
    assert lab.due_at == datetime(2026, 11, 16, 22, 59, tzinfo=UTC)


def test_a_mistake_keeps_the_plan_and_is_told_once(read, tmp_path, caplog):
    course = read(TIMED)
    before = course.plan
    write_course(tmp_path, "\n- lab: lab9")
    with caplog.at_level(logging.ERROR):
        assert course.plan is before
        assert course.plan is before
    (record,) = caplog.records
    assert f"{tmp_path / 'course.yaml'}:4: labs[0].lab: there is no lab 'lab9'" in record.getMessage()
    (tmp_path / "course.yaml").unlink()
    assert course.plan is before
    write_course(tmp_path, "[{lab: lab3}]")
    assert course.plan.slugs == ("lab3",)


def test_a_file_that_comes_while_the_course_runs_counts(settings, catalogue, tmp_path):
    course = CourseFile(replace(settings, labs_dir=tmp_path), catalogue)
    assert course.plan.slugs == ("lab1", "lab2", "lab3")
    write_course(tmp_path, "[{lab: lab2}]")
    assert course.plan.slugs == ("lab2",)
