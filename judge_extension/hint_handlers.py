"""The learner's questions to the course's agent, for a hint or about an error, and the service's answers."""

from __future__ import annotations

import json

from jupyter_server.auth.decorator import authorized
from tornado import web

from judge_extension.handlers import LabHandler, StreamHandler

MAX_QUESTION_BYTES = 256 * 2**10
"""Of JSON: the service takes 20,000 characters of an error, which JSON may write as twelve bytes each."""


class AgentHandler(LabHandler):
    """What the course offers this learner now, and how often more in this minute."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.finish(json.dumps(await self.course.get("api/agent", self.lab_query())))


class AnswerHandler(StreamHandler):
    """A question goes to the service, and the answer's events come back while it is written."""

    @web.authenticated
    @authorized
    async def post(self, kind: str) -> None:
        if len(self.request.body) > MAX_QUESTION_BYTES:
            raise web.HTTPError(400, "That is too long to be sent. Send the last part of it.")
        question = self.get_json_body()
        if not isinstance(question, dict):
            raise web.HTTPError(400, "The body is no JSON object.")
        await self.relay(self.course.answer(kind, question))


HINT_ROUTES: list[tuple[str, type[LabHandler]]] = [
    (r"api/agent", AgentHandler),
    (r"api/agent/(hint|explain)", AnswerHandler),
]
