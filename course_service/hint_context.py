"""What a hint by AI is written from: the lab's own words, and the learner's attempt. Nothing of the judge's
folder, nothing of a check's parameters, and of no other learner anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue import LEARNER_FOLDER, Lab
from .errors import SubmissionRejected
from .hint_prompt import FailureText, HintPrompt, HintTask, LabText, build_prompt
from .hint_store import LatestAttempt
from .notebook_text import read_notebook_text
from .store import Store


def write_prompt(
    store: Store, task: HintTask, lab: Lab, latest: LatestAttempt | None, *, question: str = "", log: str = ""
) -> HintPrompt:
    """What is asked about the learner's `latest` attempt; `log`, where it is given, in place of its own."""
    if latest is None:
        return build_prompt(task, _text_of(lab), question=question, log=log)
    return build_prompt(
        task,
        _text_of(lab),
        failures=[FailureText(one.code, one.message) for one in latest.attempt.failures],
        files=_files_of(store, latest),
        log=log or "\n".join(latest.attempt.log),
        question=question,
    )


def _files_of(store: Store, latest: LatestAttempt) -> Mapping[str, bytes] | None:
    try:
        submission = store.load_submission(latest.id)
    except SubmissionRejected:  # taken by the rules of an earlier version
        return None
    return submission.files if submission else None


def _text_of(lab: Lab) -> LabText:
    notebooks = sorted((lab.folder / LEARNER_FOLDER).glob("*.ipynb"))
    try:
        instructions = read_notebook_text(notebooks[0].read_bytes()) if notebooks else ""
    except (OSError, ValueError):  # a lab without its words still has a title
        instructions = ""
    return LabText(lab.description.title, lab.description.summary, instructions)
