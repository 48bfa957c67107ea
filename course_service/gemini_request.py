"""One request to the Gemini API by google-genai; importing this file imports the SDK.

What the SDK would do by itself, and does not here: ask again after 429, 5xx and broken connections (with
pauses of seconds), follow redirects with the key in the header, read proxies and addresses from the
environment, call functions, and read an answer without end. Seen in its 3.6, ``google/genai/_api_client.py``.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from .gemini_failures import OUT_OF_TOKENS, REFUSALS, failure_of, one_line
from .hint_prompt import HintPrompt
from .hint_provider import HintFailure, HintLimits, HintUnavailable, HintUsage

MOST_BYTES = 2**20
"""Of one response. A chunk of a few words comes with some 500 bytes of JSON."""

# What the SDK and json make of bytes that are no answer of this API.
_NOT_AN_ANSWER = (ValueError, TypeError, AttributeError, LookupError, RecursionError, httpx2.DecodingError)


class GeminiAnswer:
    """An answer as it comes."""

    def __init__(self, api_key: str, limits: HintLimits) -> None:
        self._api_key = api_key
        self._limits = limits
        self._chunks: AsyncIterator[types.GenerateContentResponse] | None = None
        self._left = limits.characters
        self._has_text = False
        self._finish = ""
        self._usage = types.GenerateContentResponseUsageMetadata()

    async def ask(
        self, stack: AsyncExitStack, url: str, tls: ssl.SSLContext, model: str, prompt: HintPrompt
    ) -> None:
        """Send the request; its connection closes with `stack`."""
        options: dict[str, Any] = {"verify": tls, "trust_env": False, "follow_redirects": False}
        hooks = {"response": [_bound]}
        http = await stack.enter_async_context(httpx2.AsyncClient(**options, event_hooks=hooks))
        client = genai.Client(
            vertexai=False,
            api_key=self._api_key,
            http_options=types.HttpOptions(
                base_url=url,
                api_version="v1beta",
                retry_options=types.HttpRetryOptions(attempts=1),
                httpx_async_client=http,
                # Never used, but made if not given, as is a TLS context each time: 80 ms of the event loop.
                httpx_client=stack.enter_context(httpx2.Client(**options)),
                async_client_args={"ssl": tls},
            ),
        )
        with self._failures():
            self._chunks = await client.aio.models.generate_content_stream(
                model=model, contents=prompt.text, config=_config(prompt, self._limits)
            )

    async def next_piece(self) -> str | None:
        """The next piece of text; None at the end. Raises `HintUnavailable`."""
        while self._left > 0 and self._chunks is not None:
            with self._failures():
                chunk = await anext(self._chunks, None)
                piece = self._take(chunk) if chunk is not None else ""
            if chunk is None:
                break
            if piece:
                return piece
        return None

    def end(self) -> HintUsage:
        """What the answer cost. Raises `HintUnavailable` where there was none."""
        if not self._has_text:
            advice = ": GEMINI_MAX_OUTPUT_TOKENS is too few" if self._finish == OUT_OF_TOKENS else ""
            raise HintUnavailable(
                HintFailure.EMPTY, f"no text, finish reason {self._finish or 'none'}{advice}"
            )
        thoughts = self._usage.thoughts_token_count or 0
        return HintUsage(
            tokens_in=self._usage.prompt_token_count or 0,
            tokens_out=(self._usage.candidates_token_count or 0) + thoughts,
            is_cut=self._left <= 0 or self._finish != "STOP",
        )

    def _take(self, chunk: types.GenerateContentResponse) -> str:
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            reason = _name(chunk.prompt_feedback.block_reason)
            raise HintUnavailable(HintFailure.REFUSED, f"the prompt: {one_line(reason, self._api_key)}")
        self._usage = chunk.usage_metadata or self._usage
        if not chunk.candidates:
            return ""
        candidate = chunk.candidates[0]
        self._finish = one_line(_name(candidate.finish_reason), self._api_key) or self._finish
        if self._finish in REFUSALS:
            raise HintUnavailable(HintFailure.REFUSED, f"the answer: {self._finish}")
        parts = (candidate.content and candidate.content.parts) or []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        # JSON can spell halves of pairs, which no page could be sent.
        text = text.encode("utf-8", "ignore").decode()[: self._left]
        self._left -= len(text)
        self._has_text = self._has_text or (not text.isspace() and bool(text))
        return text

    @contextmanager
    def _failures(self) -> Iterator[None]:
        # "from None": what the SDK's own exceptions say is neither bounded nor free of what was asked.
        try:
            yield
        except errors.APIError as error:
            status = error.code if isinstance(error.code, int) else 0
            raise failure_of(status, error.details, self._api_key) from None
        except httpx2.TransportError as error:
            words = one_line(f"{type(error).__name__} {error}", self._api_key)
            raise HintUnavailable(HintFailure.NO_NETWORK, words) from None
        except _NOT_AN_ANSWER as error:
            # Its words would be the answer's, and so perhaps the learner's.
            raise HintUnavailable(HintFailure.MALFORMED, type(error).__name__) from None


def _config(prompt: HintPrompt, limits: HintLimits) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        system_instruction=prompt.rules,
        temperature=limits.temperature,
        max_output_tokens=limits.output_tokens,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def _name(value: Any) -> str:
    return str(getattr(value, "value", value) or "")


async def _bound(response: httpx2.Response) -> None:
    response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise HintUnavailable(HintFailure.MALFORMED, f"more than {MOST_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
