"""The one door to the Docker engine for sessions and sandboxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import docker
import requests.exceptions
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from .errors import EngineUnavailable

CALL_TIMEOUT_SECONDS = 60


def connect_engine(*, timeout_seconds: int = CALL_TIMEOUT_SECONDS) -> docker.APIClient:
    """Connect to the engine that ``DOCKER_HOST`` names, or the local one; `timeout_seconds` is for each call.

    Raises `EngineUnavailable` when it does not answer.
    """
    with engine_errors():
        return docker.APIClient(**kwargs_from_env(), version="auto", timeout=timeout_seconds)


@cache
def shared_engine() -> docker.APIClient:
    """One connection pool for all of this process; an error is not kept, so the next call tries again."""
    return connect_engine()


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn "no answer from the engine" into `EngineUnavailable`; an answer that refuses passes as it is."""
    try:
        yield
    except requests.exceptions.ConnectionError as error:
        raise EngineUnavailable(f"The Docker engine does not answer: {error}") from error
    except DockerException as error:
        if "server API version" in str(error):  # docker-py's wrapping of a refused connection
            raise EngineUnavailable(f"The Docker engine does not answer: {error}") from error
        raise
