"""The variables of a Dockerfile, ARG and ENV, as they hold from one instruction to the next."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_GROWTH = 256 * 1024
"""Characters that filling in variables may add to a Dockerfile: ``ENV A=$A$A`` doubles with each line."""

# A word may hold plain variables. The possessive forms keep the time in proportion to the length.
_VARIABLE = re.compile(
    r"\\\$|\$(?:(?P<plain>\w+)|\{(?P<name>\w++)"
    r"(?:(?P<how>:?[-+])(?P<word>(?:[^{}$]++|\$\w++|\$\{\w++\})*+))?\})",
    re.ASCII,
)


class VariablesTooLarge(ValueError):
    """The variables grow beyond all that a Dockerfile needs."""


@dataclass
class Variables:
    """What ARG and ENV have set so far; where both set a name, ENV holds."""

    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> Mapping[str, str]:
        return ChainMap(self.environment, self.arguments)

    def copy(self) -> Variables:
        """As a stage that is built on this one begins."""
        return Variables(dict(self.environment), dict(self.arguments))


def expand(text: str, variables: Mapping[str, str], most_growth: int = MOST_GROWTH) -> str:
    r"""`text` with the variables filled in that are known; others stay as they are written.

    Raises `VariablesTooLarge` where that adds more than `most_growth` characters.

    >>> expand(r"$FILE ${DIR:-src} \$FILE $OTHER", {"FILE": "app.py"})
    'app.py src \\$FILE $OTHER'
    """
    growth = 0

    def fill(found: re.Match[str]) -> str:
        nonlocal growth
        value = _value(found, variables)
        growth += len(value) - len(found[0])
        if growth > most_growth:
            raise VariablesTooLarge("its variables grow too large")
        return value

    return _VARIABLE.sub(fill, text)


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name = found["plain"] or found["name"]
    if name is None:  # an escaped dollar
        return found[0]
    value = variables.get(name)
    how = found["how"] or ""
    is_set = bool(value) if how.startswith(":") else value is not None
    if not how:
        return found[0] if value is None else value
    if is_set is how.endswith("+"):
        return expand(found["word"], variables)
    return value if is_set and value is not None else ""
