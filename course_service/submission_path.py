"""A path that a lab names in the learner's folder: plain and relative, one that a submission can have."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from .submission_collector import DEEPEST, SEGMENT


def _require_plain(path: str) -> str:
    segments = path.split("/")
    if len(segments) > DEEPEST:
        raise ValueError(f"expected a path of at most {DEEPEST} names")
    if not all(SEGMENT.fullmatch(segment) and segment not in (".", "..") for segment in segments):
        raise ValueError("expected a plain path inside the learner's folder, such as src/app.py")
    return path


SubmissionPath = Annotated[str, AfterValidator(_require_plain)]
