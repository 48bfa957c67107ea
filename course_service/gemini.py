"""Hints by Google's Gemini, asked with google-genai, whose import a course without a key never pays for.

One request, one connection, one deadline: nothing is kept between hints and nothing is tried again, since a
learner who waits is better served by the answer without AI. The key goes in a header to the set address
alone: redirects are not followed, and neither the SDK's environment variables nor a proxy of the environment
have a say.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from hub_config.settings import Settings

from .gemini_generativeai import GeminiByGenerativeAI
from .hint_prompt import HintPrompt
from .hint_provider import HintFailure, HintLimits, HintProvider, HintUnavailable, HintUsage

_T = TypeVar("_T")


def make_gemini(settings: Settings) -> HintProvider:
    """The provider that the settings name; without a key it raises `HintUnavailable` whenever it is asked."""
    if settings.gemini_sdk == "google-generativeai":
        return GeminiByGenerativeAI(settings.gemini_api_key, settings.gemini_model, settings.gemini_url)
    return Gemini(settings.gemini_api_key, settings.gemini_model, settings.gemini_url, settings.extra_ca)


def hint_limits(settings: Settings) -> HintLimits:
    """The limits that the settings name."""
    return HintLimits(
        settings.gemini_temperature, settings.gemini_max_output_tokens, settings.gemini_timeout_seconds
    )


class Gemini:
    """A model at the Gemini API, by google-genai."""

    def __init__(self, api_key: str | None, model: str, url: str, extra_ca: Path | None = None) -> None:
        self.name = model
        self._api_key = api_key
        self._url = url
        self._extra_ca = extra_ca
        self._tls: ssl.SSLContext | None = None

    async def stream(self, prompt: HintPrompt, limits: HintLimits) -> AsyncGenerator[str | HintUsage]:
        """See `HintProvider.stream`."""
        if not self._api_key:
            raise HintUnavailable(HintFailure.NO_KEY, "GEMINI_API_KEY is not set")
        deadline = asyncio.get_running_loop().time() + limits.seconds
        request, tls = await _by(deadline, asyncio.to_thread(self._load))
        async with AsyncExitStack() as stack:
            answer = request.GeminiAnswer(self._api_key, limits)
            await _by(deadline, answer.ask(stack, self._url, tls, self.name, prompt))
            while (piece := await _by(deadline, answer.next_piece())) is not None:
                yield piece
            usage = answer.end()
        yield usage

    def _load(self) -> tuple[ModuleType, ssl.SSLContext]:
        # Seconds of reading files the first time: not in the event loop.
        request = importlib.import_module(f"{__package__}.gemini_request")
        if self._tls is None:
            tls = ssl.create_default_context()
            if self._extra_ca is not None:
                tls.load_verify_locations(self._extra_ca)
            self._tls = tls
        return request, self._tls


async def _by(deadline: float, step: Awaitable[_T]) -> _T:
    # Around each step, not around the whole generator: its reader must not be cancelled in what it does.
    try:
        async with asyncio.timeout_at(deadline):
            return await step
    except TimeoutError:
        raise HintUnavailable(HintFailure.TIMEOUT, "no whole answer within GEMINI_TIMEOUT_SECONDS") from None
