"""`containrlab rejudge`: judges stored attempts again, and says what would change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from course_service.catalogue import Lab, load_catalogue
from course_service.database import upgrade_database
from course_service.judge import judge, sandbox_factory
from course_service.store import Attempt, Store
from course_service.verdict import JudgeResult
from hub_config.settings import Settings, load_settings

from .judging import errors_of_ours, judging, require_images
from .progress import Progress

EXIT_NOT_GRADED = 2


@dataclass(frozen=True)
class Rejudged:
    """One stored attempt and its new verdict; None where its files were not kept."""

    attempt: Attempt
    result: JudgeResult | None

    @property
    def before(self) -> dict[str, Any]:
        return _essence(self.attempt.result or {})

    @property
    def after(self) -> dict[str, Any]:
        return _essence(self.result.to_json()) if self.result else {}

    @property
    def outcome(self) -> str:
        """`same`, `changed`, or why there is nothing to compare."""
        if self.result is None:
            return "files not kept"
        if not self.result.graded:
            return f"not graded: {self.result.notes.fault}"
        return "same" if self.before == self.after else "changed"

    def to_json(self) -> dict[str, Any]:
        return {
            "attempt": self.attempt.id,
            "user": self.attempt.user,
            "submitted_at": self.attempt.submitted_at.isoformat(),
            "before": self.before,
            "after": self.after,
            "outcome": self.outcome,
        }


@click.command()
@click.option("--lab", required=True, help="The lab whose attempts are judged again.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="Only attempts submitted at this time or later, in UTC.",
)
@click.option("--user", help="Only this learner's attempts.")
@click.option("--apply", "is_applied", is_flag=True, help="Let the new verdicts stand; the old are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_context
def rejudge(
    ctx: click.Context, lab: str, since: datetime | None, user: str | None, is_applied: bool, as_json: bool
) -> None:
    """Judge stored attempts again, by the lab and the judge as they are now.

    Prints what would change. Nothing is changed without --apply, and a result that is not graded never
    replaces a verdict. Exit code 0: all were judged; 2: usage, environment, or some were not graded.
    """
    settings = load_settings()
    progress = Progress()
    require_images(settings)
    with errors_of_ours(settings):
        upgrade_database(settings.course_db_url)
        store = Store(settings.course_db_url)
    try:
        with errors_of_ours(settings), judging(settings, progress):
            found = load_catalogue(settings.labs_dir).find(lab)
            first = since.replace(tzinfo=UTC) if since else None
            attempts = store.list_finished(lab=lab, since=first, user=user)
            with progress.step(f"Judging {len(attempts)} attempts on {lab} again"):
                rejudged = list(_rejudge(settings, store, found, attempts, progress))
        changed = [one for one in rejudged if one.outcome == "changed"]
        if is_applied:
            for one in changed:
                assert one.result is not None  # noqa: S101 - else its outcome is another
                store.replace_result(one.attempt.id, one.result)
    finally:
        store.close()
    if as_json:
        report = {"lab": lab, "applied": is_applied, "attempts": [one.to_json() for one in rejudged]}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _print(rejudged, is_applied)
    if any(one.result is not None and not one.result.graded for one in rejudged):
        ctx.exit(EXIT_NOT_GRADED)


def _rejudge(
    settings: Settings, store: Store, lab: Lab, attempts: list[Attempt], progress: Progress
) -> Iterator[Rejudged]:
    for number, attempt in enumerate(attempts, 1):
        progress.update(f"{attempt.user}, attempt {attempt.id} ({number} of {len(attempts)})")
        submission = store.load_submission(attempt.id)
        if submission is None:
            yield Rejudged(attempt, None)
            continue
        factory = sandbox_factory(settings, lab, attempt.user)
        yield Rejudged(attempt, judge(lab, submission, factory, lambda _: None))


def _essence(result: dict[str, Any]) -> dict[str, Any]:
    """What of a verdict matters to a learner's grade; measured times differ from run to run."""
    return {
        "graded": result.get("graded", True),
        "passed": result.get("passed", False),
        "score": result.get("score", 0),
        "codes": sorted({failure["code"] for failure in result.get("failures", ())}),
    }


def _print(rejudged: list[Rejudged], is_applied: bool) -> None:
    console = Console(highlight=False)
    changed = [one for one in rejudged if one.outcome != "same"]
    if changed:
        table = Table("attempt", "learner", "submitted", "was", "is now", "outcome")
        for one in changed:
            cells = (
                str(one.attempt.id),
                one.attempt.user,
                f"{one.attempt.submitted_at:%Y-%m-%d %H:%M}",
                _describe(one.before),
                _describe(one.after) if one.after else "",
                one.outcome,
            )
            table.add_row(*map(Text, cells))  # never read as markup
        console.print(table)
    count = sum(one.outcome == "changed" for one in rejudged)
    done = "changed" if is_applied else "would change"
    console.print(f"{len(rejudged)} attempts judged again, {count} {done}", markup=False)
    if count and not is_applied:
        console.print("Nothing is changed yet: run it again with --apply.", markup=False)


def _describe(essence: dict[str, Any]) -> str:
    if not essence["graded"]:
        return "not graded"
    verdict = "passed" if essence["passed"] else ", ".join(essence["codes"]) or "failed"
    return f"{verdict} ({essence['score']} points)"
