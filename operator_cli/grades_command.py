"""`containrlab grades`: where everybody stands, as a file for a spreadsheet or a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from course_service.course_plan import CoursePlan
from course_service.course_progress import read_class_progress
from course_service.csv_table import Cell, to_csv
from course_service.grade_tables import ATTEMPT_COLUMNS, GRADE_COLUMNS, attempt_row, grade_rows
from course_service.progress_store import ProgressStore
from course_service.session_store import SessionStore
from hub_config.settings import Settings, load_settings

from .course_copy import errors_of_database, upgrade_course
from .course_labs import errors_of_labs, read_course
from .errors import LearnerMissing
from .new_file import new_file


@click.group()
def grades() -> None:
    """Where everybody stands, lab by lab."""


@grades.command("export")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--lab", help="This lab alone.")
@click.option("--learner", help="This learner alone.")
@click.option("--attempts", "is_of_attempts", is_flag=True, help="A line for each attempt.")
@click.option("--json", "as_json", is_flag=True, help="JSON in place of CSV.")
def export(
    file: Path | None, lab: str | None, learner: str | None, is_of_attempts: bool, as_json: bool
) -> None:
    """Write a line for each learner and lab to FILE; by default grades.csv here, and - for standard output.

    Reads the course's database, whether the course runs or not. Times are those of the course's zone. Exit
    code 0: FILE is whole; 2: there is no FILE.
    """
    settings = load_settings()
    plan = read_course(settings)
    if lab is not None:
        with errors_of_labs(settings):
            plan = replace(plan, assignments=(plan.find(lab),))
    upgrade_course(settings)
    columns = ATTEMPT_COLUMNS if is_of_attempts else GRADE_COLUMNS
    with errors_of_database():
        rows = list(_read_rows(settings, plan, learner, is_of_attempts=is_of_attempts))
    text = _to_json(columns, rows) if as_json else to_csv([columns, *rows])
    if file is not None and str(file) == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    name = f"{'attempts' if is_of_attempts else 'grades'}.{'json' if as_json else 'csv'}"
    target = file or Path(name)
    with new_file(target) as new:
        new.write(text.encode())
    click.echo(f"{len(rows)} lines are in {target}")


def _read_rows(
    settings: Settings, plan: CoursePlan, learner: str | None, *, is_of_attempts: bool
) -> Iterator[tuple[Cell, ...]]:
    progress, sessions = ProgressStore(settings.course_db_url), SessionStore(settings.course_db_url)
    try:
        if learner is not None and not progress.list_records((), learner):
            raise LearnerMissing(learner)
        if is_of_attempts:
            for part in progress.iterate_attempts(plan.slugs, learner):
                yield from (attempt_row(attempt, plan) for attempt in part)
        else:
            yield from grade_rows(read_class_progress(progress, sessions, plan, learner))
    finally:
        progress.close()
        sessions.close()


def _to_json(columns: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> str:
    lines = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps(lines, indent=2, ensure_ascii=False) + "\n"
