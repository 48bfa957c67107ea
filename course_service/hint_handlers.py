"""Hints over HTTP, as docs/interfaces.md lists them: for a session's own token, and for course staff."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from tornado import web
from tornado.iostream import StreamClosedError

from .catalogue import Lab
from .errors import HintRequestRejected, NotAllowed
from .hint_service import HintEvent
from .hint_store import MOST_LISTED
from .requests import LearnerHandler, StaffHandler

MOST_BODY_BYTES = 256 * 1024
"""JSON may spell a character with twelve bytes."""
LONGEST_QUESTION = 1000
LONGEST_TEXT = 20_000


class SessionTokenHandler(LearnerHandler):
    """For a session's own token alone."""

    server: str

    def check_caller(self) -> None:
        super().check_caller()
        if self.caller.server is None:
            raise NotAllowed("Hints are asked for in a session: press Hint in a lab's notebook.")
        self.server = self.caller.server


class AgentHandler(SessionTokenHandler):
    """What the caller's session may ask for, and what comes next."""

    async def get(self) -> None:
        slug = self.get_query_argument("lab", None)
        lab = self.find_open(slug) if slug is not None else None
        self.write_json(await self.services.hints.describe(self.caller.name, self.server, lab))


@web.stream_request_body
class AskHandler(SessionTokenHandler):
    """Base of the two that answer with events. The body is counted as it comes."""

    async def prepare(self) -> None:
        self._body = bytearray()
        self._sending: asyncio.Task[None] | None = None
        await super().prepare()

    def data_received(self, chunk: bytes) -> None:
        # No more is kept than is needed to see that it is too long.
        self._body += chunk[: MOST_BODY_BYTES + 1 - len(self._body)]

    def read_body(self, *names: str) -> tuple[Lab, dict[str, str]]:
        """The lab, and the texts of these names that are given. Raises `HintRequestRejected`."""
        body = _read_json(bytes(self._body))
        if unknown := sorted(body.keys() - {"lab", *names}):
            raise HintRequestRejected(f"There is no field {unknown[0]!r} here.")
        texts = {name: body[name] for name in names if body.get(name) is not None}
        if not isinstance(body.get("lab"), str) or not all(isinstance(one, str) for one in texts.values()):
            raise HintRequestRejected("Expected a JSON object with the lab's slug, and texts.")
        return self.find_open(body["lab"]), texts

    async def send(self, events: AsyncGenerator[HintEvent]) -> None:
        """Send the events as they come, and stop when the reader goes: AI may be slow."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        self._sending = asyncio.create_task(self._send(events))
        await asyncio.wait({self._sending})
        if not self._sending.cancelled():
            self._sending.result()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._sending is not None:
            self._sending.cancel()

    async def _send(self, events: AsyncGenerator[HintEvent]) -> None:
        with suppress(StreamClosedError):
            async with aclosing(events):
                self.write(": asked\n\n")  # the first words of AI may take seconds
                await self.flush()
                async for event in events:
                    self.write(f"event: {event.name}\ndata: {json.dumps(event.data)}\n\n")
                    await self.flush()


class HintHandler(AskHandler):
    """A hint about the caller's latest attempt on a lab, or an answer to a question."""

    async def post(self) -> None:
        lab, texts = self.read_body("question")
        question = texts.get("question", "").strip() or None
        if question and len(question) > LONGEST_QUESTION:
            raise HintRequestRejected(f"Ask in at most {LONGEST_QUESTION} characters.")
        hints, user = self.services.hints, self.caller.name
        left = await hints.take_turn(user, self.server)
        await self.send(await hints.hint(user, lab, question, left))


class ExplainHandler(AskHandler):
    """What an error, or a piece of a Dockerfile or log, means."""

    async def post(self) -> None:
        lab, texts = self.read_body("text")
        text = texts.get("text", "").strip()
        if not 0 < len(text) <= LONGEST_TEXT:
            raise HintRequestRejected(f"Give a text of at most {LONGEST_TEXT} characters to explain.")
        hints, user = self.services.hints, self.caller.name
        left = await hints.take_turn(user, self.server)
        await self.send(await hints.explain(user, lab, text, left))


class CourseHintsHandler(StaffHandler):
    """What learners asked for and were answered, the newest first."""

    async def get(self) -> None:
        before = self.get_query_argument("before", None)
        if before is not None and not (before.isascii() and before.isdigit() and len(before) <= 18):
            raise HintRequestRejected("`before` is the number of a hint.")
        hints = await asyncio.to_thread(
            self.services.hints.hints.list_hints,
            lab=self.get_query_argument("lab", None),
            before=int(before) if before else None,
        )
        more = hints[-1]["id"] if len(hints) == MOST_LISTED else None
        self.write_json({"hints": hints, "before": more})


def _read_json(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BODY_BYTES:
        raise HintRequestRejected("That is too long.")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise HintRequestRejected("Expected a JSON object with the lab's slug, and texts.")
    return content
