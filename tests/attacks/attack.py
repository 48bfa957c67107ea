"""What an attack is: a probe, where it is tried from, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Outcomes:
    """What may come of an attack, in the words of `probes/`, and what all that is called."""

    words: tuple[str, ...]
    called: str = ""

    def __contains__(self, seen: str) -> bool:
        return seen in self.words

    def __str__(self) -> str:
        return self.called or " or ".join(self.words)

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(self.words + other.words, f"{self}, or {other}")


def ends(*words: str, called: str = "") -> Outcomes:
    """Any of `words`; kernels differ in the error that they choose."""
    return Outcomes(words, called)


class Vantage(StrEnum):
    """Where an attack is tried from."""

    LEARNER = "learner"
    """The session's user, as in its terminal."""
    CONTAINER = "container"
    """A container of the session's engine that was given all that a learner can give it."""


@dataclass(frozen=True)
class Attack:
    """A row of the table; `learner` and `container` are what is right from there, None where it is not tried.

    Arguments may name what is only known when a course runs, such as ``{gateway}`` (`battlefield.py`).
    """

    name: str
    probe: str
    arguments: tuple[Any, ...] = field(repr=False)
    held_by: str
    learner: Outcomes | None = None
    container: Outcomes | None = None

    def expected(self, vantage: Vantage) -> Outcomes:
        """Raises `ValueError` where it is not tried from there."""
        outcomes = self.learner if vantage is Vantage.LEARNER else self.container
        if outcomes is None:
            raise ValueError(f"{self.name} is not tried as {vantage}")
        return outcomes

    @property
    def vantages(self) -> tuple[Vantage, ...]:
        pairs = ((Vantage.LEARNER, self.learner), (Vantage.CONTAINER, self.container))
        return tuple(vantage for vantage, outcomes in pairs if outcomes is not None)

    def arguments_on(self, places: Mapping[str, Any]) -> list[Any]:
        """The arguments with the names of places filled in; a name alone keeps its type."""
        return [_fill(argument, places) for argument in self.arguments]


def _fill(argument: Any, places: Mapping[str, Any]) -> Any:
    if not isinstance(argument, str):
        return argument
    if argument.startswith("{") and argument.endswith("}") and argument.count("{") == 1:
        return places[argument[1:-1]]
    return argument.format_map(places)
