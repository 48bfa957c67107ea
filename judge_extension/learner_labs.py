"""What a learner can do with a lab in this server: have its files, send them to the judge, start over.

It joins the course service, which answers over HTTP, and the workspace, which blocks: files are touched in a
thread, and by one request at a time, so that two tabs opened at once copy a lab once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from judge_extension.course_client import CourseClient
from judge_extension.errors import CourseServiceUnavailable
from judge_extension.slugs import is_slug
from judge_extension.submission import DEFAULT_EXCLUDES, pack
from judge_extension.workspace import Workspace


class LearnerLabs:
    def __init__(self, course: CourseClient, workspace: Workspace) -> None:
        self._course = course
        self._workspace = workspace
        self._one_at_a_time = asyncio.Lock()
        self.last_opened: str | None = None
        """Where who comes back to this session is taken."""

    def folder(self, slug: str) -> Path:
        return self._workspace.folder(slug)

    async def first_open(self) -> str | None:
        """The slug of the first lab of the course that is open; None where none is yet."""
        labs = (await self._course.get("api/labs")).get("labs")
        if not isinstance(labs, list) or not all(isinstance(lab, dict) for lab in labs):
            raise CourseServiceUnavailable("api/labs names no lab")
        slug = next((lab.get("slug") for lab in labs if lab.get("is_open") is True), None)
        if slug is not None and not (isinstance(slug, str) and is_slug(slug)):
            raise CourseServiceUnavailable(f"api/labs names a lab {slug!r:.80}")
        return slug

    async def ensure_files(self, slug: str) -> None:
        """Copies the lab's files once. Needs no service where they are there."""
        async with self._one_at_a_time:
            if not await asyncio.to_thread(self._workspace.has_lab, slug):
                tar = await self._course.lab_files(slug)
                await asyncio.to_thread(self._workspace.place, slug, tar)

    async def submit(self, slug: str) -> dict[str, Any]:
        lab = await self._course.get(f"api/labs/{slug}")
        tar = await asyncio.to_thread(pack, self.folder(slug), _excludes(lab))
        return await self._course.submit(slug, tar)

    async def reset(self, slug: str) -> dict[str, Any]:
        async with self._one_at_a_time:
            tar = await self._course.lab_files(slug)
            kept = await asyncio.to_thread(self._workspace.reset, slug, tar)
        return {"kept_in": str(kept) if kept else None}


def _excludes(lab: dict[str, Any]) -> tuple[str, ...]:
    submission = lab.get("submission")
    patterns = submission.get("exclude") if isinstance(submission, dict) else None
    if isinstance(patterns, list) and all(isinstance(pattern, str) for pattern in patterns):
        return tuple(patterns)
    return DEFAULT_EXCLUDES
