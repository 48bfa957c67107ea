"""A text that nobody can guess, so that an answer cannot have been written beforehand."""

from __future__ import annotations

import secrets
from typing import Any

PLACEHOLDER = "{nonce}"


def new_nonce() -> str:
    """Sixteen letters and digits."""
    return secrets.token_hex(8)


def fill_nonce(value: Any, nonce: str) -> Any:
    """`value` with the placeholder filled in, in every text in it."""
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, nonce)
    if isinstance(value, dict):
        return {key: fill_nonce(one, nonce) for key, one in value.items()}
    if isinstance(value, list):
        return [fill_nonce(one, nonce) for one in value]
    return value
