"""Hints by Gemini for a course that has to stay with google-generativeai, the extra of that name.

Google ended that library's support in 2025; google-genai, which `gemini` uses, is its successor. It asks by
REST in a thread and gives the answer in one piece: its asynchronous client speaks gRPC only. It follows
redirects, keeps its connection, and after a timeout its thread may need as long again to notice.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator
from typing import Any

from .gemini_failures import OUT_OF_TOKENS, REFUSALS, failure_of, one_line
from .hint_prompt import HintPrompt
from .hint_provider import HintFailure, HintLimits, HintUnavailable, HintUsage


class GeminiByGenerativeAI:
    """A model at the Gemini API, by google-generativeai."""

    def __init__(self, api_key: str | None, model: str, url: str) -> None:
        self.name = model
        self._api_key = api_key
        self._url = url

    async def stream(self, prompt: HintPrompt, limits: HintLimits) -> AsyncGenerator[str | HintUsage]:
        """See `HintProvider.stream`."""
        if not self._api_key:
            raise HintUnavailable(HintFailure.NO_KEY, "GEMINI_API_KEY is not set")
        try:
            async with asyncio.timeout(limits.seconds):
                response = await asyncio.to_thread(self._ask, self._api_key, prompt, limits)
        except TimeoutError:
            words = "no whole answer within GEMINI_TIMEOUT_SECONDS"
            raise HintUnavailable(HintFailure.TIMEOUT, words) from None
        text, is_cut = _read(response, limits)
        yield text
        usage = response.usage_metadata
        tokens_out = max(0, usage.total_token_count - usage.prompt_token_count)
        yield HintUsage(usage.prompt_token_count, tokens_out, is_cut)

    def _ask(self, api_key: str, prompt: HintPrompt, limits: HintLimits) -> Any:
        library = _import_library()
        # After it, which brings them along.
        from google.api_core.exceptions import GoogleAPICallError
        from google.protobuf.json_format import Error as NotTheirJson
        from requests.exceptions import ConnectionError as NoConnection
        from requests.exceptions import RequestException, Timeout

        library.configure(api_key=api_key, transport="rest", client_options={"api_endpoint": self._url})
        model = library.GenerativeModel(
            self.name,
            system_instruction=prompt.rules,
            generation_config={
                "temperature": limits.temperature,
                "max_output_tokens": limits.output_tokens,
            },
        )
        try:
            return model.generate_content(
                prompt.text, request_options={"timeout": limits.seconds, "retry": None}
            )
        except GoogleAPICallError as error:
            body = _json_of(getattr(error, "response", None)) or error.message
            raise failure_of(int(error.code or 0), body, api_key) from None
        except Timeout:
            raise TimeoutError from None
        except (NoConnection, RequestException) as error:
            words = one_line(f"{type(error).__name__} {error}", api_key)
            raise HintUnavailable(HintFailure.NO_NETWORK, words) from None
        except (NotTheirJson, ValueError, TypeError, AttributeError, LookupError) as error:
            raise HintUnavailable(HintFailure.MALFORMED, type(error).__name__) from None


def _import_library() -> Any:
    # It says at every import that its support has ended, and a part of it when Python's will.
    warnings.filterwarnings("ignore", r"(?s).*google\.(generativeai|api_core)", FutureWarning)
    try:
        import google.generativeai
    except ImportError as error:
        words = f"install the extra google-generativeai: {error}"
        raise HintUnavailable(HintFailure.BAD_REQUEST, words) from None
    return google.generativeai


def _read(response: Any, limits: HintLimits) -> tuple[str, bool]:
    if response.prompt_feedback.block_reason:
        raise HintUnavailable(
            HintFailure.REFUSED, f"the prompt: {response.prompt_feedback.block_reason.name}"
        )
    candidate = response.candidates[0] if response.candidates else None
    finish = candidate.finish_reason.name if candidate else "none"
    if finish in REFUSALS:
        raise HintUnavailable(HintFailure.REFUSED, f"the answer: {finish}")
    text = "".join(part.text for part in candidate.content.parts) if candidate else ""
    if not text.strip():
        advice = ": GEMINI_MAX_OUTPUT_TOKENS is too few" if finish == OUT_OF_TOKENS else ""
        raise HintUnavailable(HintFailure.EMPTY, f"no text, finish reason {finish}{advice}")
    return text[: limits.characters], finish != "STOP" or len(text) > limits.characters


def _json_of(response: Any) -> object:
    try:
        return response.json()
    except (AttributeError, ValueError):
        return None
