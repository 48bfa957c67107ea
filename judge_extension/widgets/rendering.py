"""What the panel shows, as HTML. Pure: a value in, a string out.

The page puts these strings in place unsanitised, and most of what is in them was chosen by someone: a build's
output, a file's name, a lab's title. So every value, of whatever type, goes through `esc`: the one way in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from judge_extension.widgets.judging import Progress

MOST_CHARACTERS = 2_000
MOST_LOG_CHARACTERS = 60_000
_TERMINAL_SEQUENCES = re.compile(
    r"\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?"  # OSC: titles and links
    r"|\x1b[PX^_][^\x1b]{0,4096}(?:\x1b\\)?"  # strings for devices
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # CSI: colours and cursor
)
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]"
)
_CODE = re.compile(r"`([^`\n]+)`")
_STATES = {"passed": ("✓", "Passed"), "failed": ("✗", "Failed"), "not_run": ("○", "Did not run")}


def esc(value: object, most: int = MOST_CHARACTERS) -> str:
    """The one way of a dynamic value into HTML: text of a bounded length, and nothing but text."""
    text = str(value)
    cut = len(text) - most
    text = _UNPRINTABLE.sub("", _TERMINAL_SEQUENCES.sub("", text[:most]))
    if cut > 0:
        text += f" … ({cut} more characters)"
    return html.escape(text, quote=True)


def render_header(slug: str, lab: dict[str, Any]) -> str:
    facts = [esc(lab["difficulty"])] if lab.get("difficulty") else []
    if lab.get("minutes"):
        facts.append(f"about {esc(lab['minutes'])} minutes")
    if lab.get("due"):
        facts.append(f"due {esc(lab['due'])}")
    aside = f'<span class="cl-quiet">{" · ".join(facts)}</span>' if facts else ""
    return (
        f'<div class="cl-header"><span class="cl-title">{esc(lab.get("title") or slug)}</span>{aside}</div>'
    )


def render_tip(slug: str) -> str:
    return (
        f'<p class="cl-quiet">Check sends the saved files of <code>/workspace/{esc(slug)}</code>: '
        "save first, with <kbd>Ctrl</kbd>+<kbd>S</kbd>.</p>"
    )


def render_download(path: str) -> str:
    """A link that looks like the buttons beside it: the browser fetches the file, not the kernel."""
    return (
        f'<a class="jupyter-button widget-button cl-button" href="{esc(path)}" download '
        'title="Your folder, as a tar.gz to keep"><i class="fa fa-download" aria-hidden="true"></i> '
        "Download</a>"
    )


def render_progress(progress: Progress) -> str:
    waits = progress.place is not None
    step, steps = min(progress.step, progress.steps), 0 if waits else progress.steps
    share = round(100 * step / steps) if steps else 0
    value = f'aria-valuenow="{share}" ' if steps else ""
    kind = "cl-bar" if steps else "cl-bar cl-bar-waiting"
    fact = f"{esc(step)} of {esc(steps)} steps done" if steps else _turn(progress.place)
    count = f'<span class="cl-quiet">{fact}</span>' if fact else ""
    return (
        '<div class="cl-progress">'
        f'<div role="status" aria-live="polite">{esc(progress.message)}… {count}</div>'
        f'<div class="{kind}" role="progressbar" aria-label="Progress of the check" aria-valuemin="0" '
        f'aria-valuemax="100" {value}><div style="width: {share}%"></div></div></div>'
    )


def _turn(place: int | None) -> str:
    if place is None:
        return ""
    if place == 0:
        return "Yours is next"
    return "1 attempt is before yours" if place == 1 else f"{esc(place)} attempts are before yours"


def render_log(lines: Iterable[object], label: str = "Output of the build") -> str:
    """The end of it, where it is long: that is where the error is."""
    text = "\n".join(str(line) for line in lines)
    if len(text) > MOST_LOG_CHARACTERS:
        text = f"… ({len(text) - MOST_LOG_CHARACTERS} characters before this)\n{text[-MOST_LOG_CHARACTERS:]}"
    content = esc(text, MOST_LOG_CHARACTERS + 100) or "Nothing yet."
    return f'<pre class="cl-log" tabindex="0" role="region" aria-label="{esc(label)}">{content}</pre>'


def render_notice(message: str, hint: str = "", kind: str = "warn") -> str:
    """Something to know that is no verdict. `kind` is warn or info."""
    mark = {"warn": "!", "info": "i"}[kind]
    more = f"<p>{esc(hint)}</p>" if hint else ""
    return (
        f'<div class="cl-box cl-{esc(kind)}" role="status" aria-live="polite">'
        f'<span class="cl-mark" aria-hidden="true">{mark}</span>'
        f"<div><p><b>{esc(message)}</b></p>{more}</div></div>"
    )


def render_time_left(words: str) -> str:
    """No live region: it changes each minute, and only warnings are worth reading out."""
    return f'<p class="cl-quiet cl-time" role="timer">{esc(words)}</p>'


def render_verdict(attempt: dict[str, Any]) -> str:
    """A finished attempt: whether it passed, and what to do."""
    result = _object(attempt.get("result"))
    failures = "".join(_failure(_object(failure)) for failure in _list(result.get("failures")))
    return (
        f'<section class="cl-result" aria-label="Result of the check">{_verdict(result)}{failures}</section>'
    )


def render_details(attempt: dict[str, Any], earlier: int) -> str:
    """The rest of it: each check, measurements, and the logs folded away."""
    result = _object(attempt.get("result"))
    history = f"{earlier} earlier attempt{'' if earlier == 1 else 's'}" if earlier else "Your first attempt"
    when = f"Checked {esc(_minute(attempt['submitted_at']))} · " if attempt.get("submitted_at") else ""
    late = "after the lab was due, so it counts as late · " if attempt.get("is_late") is True else ""
    parts = [
        _checks(_list(result.get("checks")), result.get("graded") is True),
        _metrics(_object(result.get("metrics"))),
        _logs(_object(result.get("notes"))),
        f'<p class="cl-quiet">{when}{late}{history}</p>',
    ]
    return f'<section class="cl-result" aria-label="Details of the check">{"".join(parts)}</section>'


def _verdict(result: dict[str, Any]) -> str:
    checks = [_object(check).get("status") for check in _list(result.get("checks"))]
    if result.get("graded") is not True:
        fault = _object(result.get("notes")).get("fault") or "Something went wrong on our side."
        kind, mark, head = "warn", "!", "Not graded: the fault was ours, not yours"
        tail = f"{esc(fault)} Your work is kept. Press Check again in a minute."
    elif result.get("passed") is True:
        kind, mark, head = "pass", "✓", "Passed"
        tail = f"All {len(checks)} checks passed. Well done!" if checks else "Well done!"
    else:
        kind, mark, head = "fail", "✗", "Not there yet"
        tail = f"{checks.count('passed')} of {len(checks)} checks passed. Here is what to look at."
    return (
        f'<div class="cl-box cl-{kind}" role="status" aria-live="polite">'
        f'<span class="cl-mark" aria-hidden="true">{mark}</span>'
        f'<div><p class="cl-verdict">{head}{_score(result)}</p><p>{tail}</p></div></div>'
    )


def _score(result: dict[str, Any]) -> str:
    score, most = result.get("score"), result.get("max_score")
    if result.get("graded") is not True or not _is_number(score) or not _is_number(most) or not most:
        return ""
    return f' <span class="cl-score">{_points(score, most)}</span>'


def _failure(failure: dict[str, Any]) -> str:
    hint = failure.get("hint")
    advice = f'<p class="cl-try"><b>What to try:</b> {_words(hint)}</p>' if hint else ""
    code = f'<p class="cl-quiet"><code>{esc(failure["code"], 80)}</code></p>' if failure.get("code") else ""
    return f'<div class="cl-failure"><p>{_words(failure.get("message", ""))}</p>{advice}{code}</div>'


def _words(value: object) -> str:
    """Text in which what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", esc(value))


def _checks(checks: list[Any], graded: bool) -> str:
    if not checks:
        return ""
    rows = "".join(_check(_object(one), graded) for one in checks)
    why = ""
    if graded and any(_state(_object(one)) == "not_run" for one in checks):
        why = '<p class="cl-quiet">○ Did not run: something before it has to pass first.</p>'
    return f'<ul class="cl-checks" aria-label="Checks">{rows}</ul>{why}'


def _check(check: dict[str, Any], graded: bool) -> str:
    state, points = _state(check), check.get("points")
    mark, word = _STATES[state]
    worth = _points(points if state == "passed" else 0, points) if graded and _is_number(points) else ""
    return (
        f'<li class="cl-check cl-{state}"><span class="cl-mark" aria-hidden="true">{mark}</span>'
        f'<span>{esc(check.get("title", ""), 300)}</span><span class="cl-quiet cl-points">{worth}</span>'
        f'<span class="cl-quiet cl-word">{word}</span></li>'
    )


def _state(check: dict[str, Any]) -> str:
    status = check.get("status")
    return status if isinstance(status, str) and status in _STATES else "not_run"


def _points(score: object, most: object) -> str:
    return f"{esc(score, 20)} of {esc(most, 20)} point{'' if most == 1 else 's'}"


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _metrics(metrics: dict[str, Any]) -> str:
    facts = []
    if isinstance(size := metrics.get("image_size_mb"), int | float):
        facts.append(f"Image size <b>{esc(format(size, '.1f'))} MB</b>")
    if isinstance(seconds := _object(metrics.get("build")).get("elapsed_seconds"), int | float):
        facts.append(f"Build time <b>{esc(format(seconds, '.1f'))} s</b>")
    return f'<p class="cl-metrics">{" · ".join(facts)}</p>' if facts else ""


def _logs(notes: dict[str, Any]) -> str:
    kinds = {"build_logs": "Output of the build", "runtime_logs": "Output of your container"}
    return "".join(
        '<details class="cl-fold">'
        f"<summary>{label}</summary>{render_log(_list(notes.get(key)), label)}</details>"
        for key, label in kinds.items()
        if _list(notes.get(key))
    )


def _minute(moment: object) -> str:
    """2026-01-02T03:04:05Z, as far as people read it."""
    text = str(moment)
    return f"{text[:10]} {text[11:16]} UTC" if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text) else text


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
