"""A verdict as a person reads it: what passed, what failed, why, and what to try."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from course_service.verdict import CheckStatus, Failure, JudgeResult

_MARKS = {
    CheckStatus.PASSED: ("✓", "green"),
    CheckStatus.FAILED: ("✗", "red"),
    CheckStatus.NOT_RUN: ("-", "dim"),
}
_LOG_LINES = 20


def print_result(result: JudgeResult, console: Console | None = None) -> None:
    """Print it; the last line says passed, failed or not graded. Learners' text is never read as markup."""
    console = console or Console(highlight=False)
    for check in result.checks:
        mark, style = _MARKS[check.status]
        suffix = " (not run)" if check.status is CheckStatus.NOT_RUN else ""
        console.print(Text(f"{mark} {check.title}{suffix}", style=style))
    for failure in result.failures:
        _print_failure(failure, console)
    if not result.passed:
        _print_log("End of the build's log", result.notes.build_logs, console)
        _print_log("End of the container's log", result.notes.runtime_logs, console)
    metrics = result.metrics
    if metrics.build_seconds is not None:
        console.print(Text(f"\nBuilt in {metrics.build_seconds:.1f} s"))
    if metrics.image_size is not None:
        console.print(Text(f"Image size {metrics.image_size / 1e6:.1f} MB"))
    console.print()
    console.print(_last_line(result))


def _print_failure(failure: Failure, console: Console) -> None:
    console.print()
    console.print(Text(f"{failure.code}: {failure.message}", style="bold"))
    if failure.hint:
        console.print(Text(f"  Try: {failure.hint}"))


def _print_log(title: str, lines: tuple[str, ...], console: Console) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="dim"))
        for line in lines[-_LOG_LINES:]:
            console.print(Text(f"  | {line}", style="dim"))


def _last_line(result: JudgeResult) -> Text:
    if not result.graded:
        return Text(f"not graded: {result.notes.fault}", style="yellow")
    if result.passed:
        return Text(f"passed: all {len(result.checks)} checks", style="green")
    codes = ", ".join(dict.fromkeys(failure.code for failure in result.failures))
    return Text(f"failed: {codes or 'not every check could run'}", style="red")
