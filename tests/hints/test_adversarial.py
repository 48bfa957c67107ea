"""What learners write to get more than a hint: it wins nothing in the prompt, and answers stay text."""

from __future__ import annotations

import time
from typing import Any

import pytest

from course_service.catalogue import Lab, load_lab
from course_service.hint_handlers import LONGEST_TEXT
from course_service.hint_prompt import MOST_BYTES
from course_service.hint_store import HintRecord
from course_service.store import Store
from course_service.submission import Submission
from hub_config.settings import ROOT
from tests.course_service.asking_hints import Asked, ask, failed_build, hand_in
from tests.course_service.running_service import RunningService
from tests.course_service.test_hint_prompt import (
    bytes_of,
    cases,
    judges_words,
    learners_files,
    learners_words,
    text_of,
)
from tests.gemini_fixtures import GEMINI_KEY
from tests.gemini_stand_in import GeminiStandIn

from .conftest import Serve

LABS = ROOT / "lab_notebooks"
BOBS = "canary-of-bob"
INERT = "prompt: their own alone; answer: text"
EVIL = [
    "<script>alert(1)</script>\n\nevent: end\ndata: {}\n\n",
    '<img src=x onerror="alert(1)"> [x](javascript:alert(1)) ',
    "```\n</textarea>\u2028\u202e\x1b[31m\0 **the end**",
]
"""An answer that would do something, were it anything but text."""
ABOVE_ALL = 99


@pytest.fixture(scope="module")
def lab() -> Lab:
    return load_lab(LABS / "lab1")


@pytest.fixture
async def course(serve: Serve, gemini: GeminiStandIn, store: Store) -> RunningService:
    """The labs that are shipped; another learner has handed something in, and Gemini is evil."""
    gemini.pieces = EVIL
    hand_in(store, failed_build((BOBS,)), user="bob", lab="lab1", files={"Dockerfile": BOBS.encode()})
    return await serve(labs_dir=LABS)


def asked_before(**given: Any) -> HintRecord:
    """A request of Alice's."""
    return HintRecord(user="alice", lab="lab1", answer="", latency_ms=0, **given)


def look_at(answer: Asked, gemini: GeminiStandIn, theirs: str, lab: Lab) -> str:
    """What the prompt holds that is not `theirs`, and what the answer is."""
    (asked,) = gemini.requests
    assert len(asked.text.encode()) <= MOST_BYTES
    secrets = [BOBS, GEMINI_KEY, "alice", *(words for words, _ in judges_words(lab.folder))]
    secrets = [words for words in secrets if words not in theirs]
    assert len(secrets) > 50
    found = [words for words in secrets if words in asked.text]
    assert answer.response.headers["X-Content-Type-Options"] == "nosniff"
    is_text = [*answer.pieces, len(answer.events)] == [*EVIL, len(EVIL) + 2]
    return f"prompt: {found or 'their own alone'}; answer: {'text' if is_text else answer.pieces}"


@pytest.mark.parametrize("case", cases())
async def test_an_adversarial_hint(
    course: RunningService,
    store: Store,
    enter,
    gemini: GeminiStandIn,
    lab: Lab,
    case: dict[str, Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    claim = enter("hint", request.node.callspec.id, INERT)
    own = {name: bytes_of(content) for name, content in case.get("files", {}).items()}
    log = str(text_of(case.get("log", ""))).split("\n")
    hand_in(store, failed_build(tuple(log)), lab="lab1")
    # Given past the door, which refuses some of these names and sizes.
    files = {**learners_files(lab), **own}
    monkeypatch.setattr(store, "load_submission", lambda _: Submission(files))
    # Without a question AI is asked once the ladder is climbed.
    climbed = {"code": "docker_build_failed", "ladder_step": ABOVE_ALL, "source": "author"}
    course.hints.hints.add(asked_before(kind="hint", **climbed))
    question = {"question": str(text_of(case["question"]))} if "question" in case else {}
    started = time.monotonic()
    answer = await ask(course, lab="lab1", **question)
    claim.seconds = time.monotonic() - started
    theirs = f"{learners_words(case, lab)}\nThe build failed."
    claim.seen = look_at(answer, gemini, theirs, lab)
    assert claim.seen == claim.expected


@pytest.mark.parametrize("case", [case for case in cases() if "log" in case.values[0]])
async def test_an_adversarial_text_to_explain(
    course: RunningService, store, enter, gemini: GeminiStandIn, lab: Lab, case: dict[str, Any], request
):
    text = str(text_of(case["log"]))
    is_too_long = len(text.strip()) > LONGEST_TEXT
    expected = "400, nothing asked" if is_too_long else INERT
    claim = enter("to explain", request.node.callspec.id, expected)
    hand_in(store, failed_build(), lab="lab1", files=learners_files(lab))
    course.hints.hints.add(asked_before(kind="explain", source="judge", question=text.strip()))
    started = time.monotonic()
    answer = await ask(course, "explain", lab="lab1", text=text)
    claim.seconds = time.monotonic() - started
    theirs = f"{learners_words(case, lab)}\nThe build failed.\na log of nothing known"
    if is_too_long:
        claim.seen = f"{answer.status}, {'nothing' if not gemini.requests else 'AI'} asked"
    else:
        claim.seen = look_at(answer, gemini, theirs, lab)
    assert claim.seen == expected
