"""Hints as HTML. Pure: a value in, a string out."""

from __future__ import annotations

import math

from judge_extension.widgets.hint_answer import HintAnswer, HintOffer
from judge_extension.widgets.markdown import render_markdown
from judge_extension.widgets.rendering import esc


def render_answer(answer: HintAnswer) -> str:
    """An answer, who gives it, and what has to be known about it; no link in it leads anywhere."""
    notes = [answer.note] if answer.note else []
    if answer.is_last and answer.is_whole:
        notes.append("There is no further hint for this.")
    rest = "".join(f'<p class="cl-quiet">{esc(note)}</p>' for note in notes)
    if answer.instead:
        instead = HintAnswer(answer.instead_source)
        rest += f'<p class="cl-source">{_source(instead)}</p>{_words(answer.instead)}'
    # A reader for the blind waits while it is busy, and then reads it once.
    busy = "false" if answer.is_whole else "true"
    return (
        f'<section class="cl-answer" aria-label="Answer" aria-live="polite" aria-busy="{busy}">'
        f'<p class="cl-source">{_source(answer)}</p>{_words(answer.text)}{rest}</section>'
    )


def _words(text: str) -> str:
    return render_markdown(text, has_links=False) if text else ""


def _source(answer: HintAnswer) -> str:
    match answer.source:
        case "author":
            step = f" · hint {answer.step} of {answer.steps}" if answer.step else ""
            return f"<b>From the lab's author</b>{step}"
        case "judge":
            return "<b>The judge's explanation</b>"
        case "ai":
            model = f" ({esc(answer.model, 100)})" if answer.model else ""
            return f"<b>By AI{model}: may be wrong</b>"
        case _:
            return "Asking…"


def render_offer(offer: HintOffer, now: float) -> str:
    """How often one may ask. No live region: it counts, and a refusal is read out where it is shown."""
    wait = offer.wait_at(now)
    if wait:
        words = f"You can ask again in {math.ceil(wait)} s."
    else:
        left = offer.left_at(now)
        words = f"{left} of {offer.per_minute} questions left in this minute, for hints and explanations."
    return f'<p class="cl-quiet">{esc(words)}</p>'
