"""One part of the bench: what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .figures import Readings


@dataclass(frozen=True)
class PartResult:
    """`figures` are the report's own keys, `readings` what they were made of, by name."""

    figures: Mapping[str, Any]
    readings: Mapping[str, Readings] = field(default_factory=dict)
