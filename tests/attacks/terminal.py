"""A terminal of a learner's own server, opened and typed in as JupyterLab does: by their cookies."""

from __future__ import annotations

import asyncio
import json

from requests import Request
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.hub_visitor import REQUEST_SECONDS, HubVisitor


def type_in_terminal(visitor: HubVisitor, line: str) -> None:
    """Open a terminal and type a line; returns when the server has it. The terminal goes on."""
    answer = visitor.ask_server("POST", "api/terminals")
    answer.raise_for_status()
    address = f"{visitor.server_url}/terminals/websocket/{answer.json()['name']}".replace("http", "ws", 1)
    cookies = visitor.session.prepare_request(Request("GET", address.replace("ws", "http", 1))).headers
    headers = {"Cookie": cookies["Cookie"]}
    asyncio.run(asyncio.wait_for(_type(HTTPRequest(address, headers=headers), line), REQUEST_SECONDS))


async def _type(request: HTTPRequest, line: str) -> None:
    connection = await websocket_connect(request)
    typed = False
    while (message := await connection.read_message()) is not None:
        kind = json.loads(message)[0]
        if kind == "stdout" and not typed:  # the prompt: the shell reads
            await connection.write_message(json.dumps(["stdin", line + "\r"]))
            typed = True
        elif kind == "stdout":  # the echo of what was typed
            break
    connection.close()
