"""Whether a container registry answers, asked once, and pulling from it.

A machine without a registry must not wait for one at every image, so the first refusal is remembered for the
life of the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests.exceptions
from docker.errors import APIError

from .progress import Progress

ANSWER_SECONDS = 10  # for one small answer; a pull itself has no limit


class Registry:
    """The registry that the engine pulls from."""

    def __init__(self, engine: docker.APIClient, progress: Progress) -> None:
        self._engine = engine
        self._progress = progress
        self._is_silent = False

    def pull(self, tag: str) -> bool:
        """Pull `tag`; False where the registry does not answer or will not give it."""
        if self._is_silent:
            return False
        try:
            self._ask_for(tag)
            self._pull(tag)
        except (APIError, requests.exceptions.RequestException) as refusal:
            self._is_silent = not _is_about_one_image(refusal)
            self._progress.say(f"{tag} is not pulled: {_shorten(refusal)}")
            return False
        return True

    def _ask_for(self, tag: str) -> None:
        """Fail fast: a pull itself has no time limit."""
        with _answer_within(self._engine, ANSWER_SECONDS):
            self._engine.inspect_distribution(tag)  # type: ignore[no-untyped-call]

    def _pull(self, tag: str) -> None:
        for event in self._engine.pull(tag, stream=True, decode=True):
            if "error" in event:
                raise APIError(event["error"])
            if event.get("status") in ("Downloading", "Extracting"):
                self._progress.update(f"{event['status'].lower()} {event['id']} {event.get('progress', '')}")


def _is_about_one_image(refusal: Exception) -> bool:
    return isinstance(refusal, APIError) and refusal.status_code in (401, 403, 404)


def _shorten(refusal: Exception) -> str:
    if isinstance(refusal, APIError) and refusal.explanation:
        return str(refusal.explanation)
    if isinstance(refusal, requests.exceptions.Timeout):
        return f"no registry answered within {ANSWER_SECONDS} s"
    return str(refusal)


@contextmanager
def _answer_within(engine: docker.APIClient, seconds: int) -> Iterator[None]:
    before = engine.timeout
    engine.timeout = seconds
    try:
        yield
    finally:
        engine.timeout = before
