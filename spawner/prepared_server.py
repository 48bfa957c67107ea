"""Tells a session whose it is: one line to its server, which has imported all and waits for it.

So a learner's token is in no argument and in no environment that the engine shows. Only who attaches first is
heard (`StdinOnce`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import docker

from .docker_engine import engine_errors

PREPARED = b"Prepared: this session waits for its learner."
"""What it writes to its log once its server has imported all and its engine answers."""

_SEND_SECONDS = 10


def tell(
    engine: docker.APIClient, container: str, environment: Mapping[str, str], arguments: Sequence[str]
) -> None:
    """Let it become the server that this environment and these arguments make.

    Raises `OSError`, `EngineUnavailable` and docker-py's errors.
    """
    line = json.dumps({"environment": dict(environment), "arguments": list(arguments)}) + "\n"
    with engine_errors():
        stream: Any = engine.attach_socket(container, params={"stdin": 1, "stream": 1})
    try:
        stream._sock.settimeout(_SEND_SECONDS)
        stream._sock.sendall(line.encode())
    finally:
        stream._response.close()
        stream.close()


def is_prepared(engine: docker.APIClient, container: str) -> bool:
    """Whether it waits for its learner, with all that it needs for a quick start."""
    with engine_errors():
        log: bytes = engine.logs(container, tail=20)
    return PREPARED in log
