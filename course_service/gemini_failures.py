"""What went wrong at the Gemini API, from what it answered, as one of our reasons.

Sources: https://ai.google.dev/gemini-api/docs/troubleshooting for the statuses, and
https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto for the details in a body.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from .hint_provider import HintFailure, HintUnavailable

REFUSALS = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
)
"""Finish reasons of an answer that the filter stopped."""
OUT_OF_TOKENS = "MAX_TOKENS"

_LONGEST_DETAIL = 300
_DELAY = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s")
_KEY_WORDS = ("API_KEY", "API key")


def failure_of(status: int, body: object, api_key: str) -> HintUnavailable:
    """The reason behind an answer with this HTTP status and this body (JSON, or anything else)."""
    error = _error_in(body)
    words = f"{status} {error.get('status', '')}: {error.get('message', '')}"
    detail = one_line(words, api_key)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return HintUnavailable(HintFailure.WRONG_KEY, detail)
    if status == HTTPStatus.BAD_REQUEST and _is_about_the_key(error):
        return HintUnavailable(HintFailure.WRONG_KEY, detail)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return HintUnavailable(HintFailure.RATE_LIMITED, detail, _retry_after(error))
    if 400 <= status < 500:
        return HintUnavailable(HintFailure.BAD_REQUEST, detail)
    if 500 <= status < 600:
        return HintUnavailable(HintFailure.SERVER_ERROR, detail)
    return HintUnavailable(HintFailure.MALFORMED, detail)


def one_line(words: object, api_key: str) -> str:
    """`words` fit for a log: one line of bounded length without the key."""
    text = str(words)[: 4 * _LONGEST_DETAIL].replace(api_key, "***")
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_LONGEST_DETAIL]


def _error_in(body: object) -> dict[str, Any]:
    # A stream's error comes in a list, and what stands before Google may answer with anything.
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if isinstance(body, dict):
        error = body.get("error", body)
        return error if isinstance(error, dict) else {"message": error}
    return {"message": body or ""}


def _details(error: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    details = error.get("details")
    for one in details if isinstance(details, list) else []:
        if isinstance(one, dict) and str(one.get("@type", "")).endswith(f"google.rpc.{kind}"):
            yield one


def _is_about_the_key(error: dict[str, Any]) -> bool:
    reasons = [str(one.get("reason", "")) for one in _details(error, "ErrorInfo")]
    return any(word in text for word in _KEY_WORDS for text in (*reasons, str(error.get("message", ""))))


def _retry_after(error: dict[str, Any]) -> float | None:
    for one in _details(error, "RetryInfo"):
        if found := _DELAY.fullmatch(str(one.get("retryDelay", ""))):
            return math.ceil(float(found[1]))
    return None
