"""What nft lists of our table, compared with what it listed right after we loaded it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_VOLATILE = ("handle", "elem")
"""Handles are new at each load; the sets' elements are what the limits have counted."""


@dataclass(frozen=True)
class Listing:
    """A table's sets and chains by kind and name, and each chain's rules in their order."""

    parts: dict[tuple[str, str], str]
    rules: dict[str, list[str]]

    @classmethod
    def from_json(cls, text: str) -> Listing:
        """From what ``nft -j list table`` printed."""
        parts: dict[tuple[str, str], str] = {}
        rules: dict[str, list[str]] = {}
        for entry in json.loads(text)["nftables"]:
            for kind, content in entry.items():
                if kind == "rule":
                    rules.setdefault(content["chain"], []).append(_stable(content))
                elif kind in ("chain", "set"):
                    parts[kind, content["name"]] = _stable(content)
        return cls(parts, rules)


def describe_changes(expected: Listing | None, seen: Listing | None) -> str:
    """What is not as it was, in an operator's words; empty where all is. None is a table that is gone."""
    if expected is None or seen is None:
        return "the whole table is gone"
    return "; ".join([*_changed_parts(expected, seen), *_changed_rules(expected, seen)])


def _changed_parts(expected: Listing, seen: Listing) -> Iterator[str]:
    for kind, name in expected.parts:
        if (kind, name) not in seen.parts:
            yield f"{kind} {name} is gone"
        elif seen.parts[kind, name] != expected.parts[kind, name]:
            yield f"{kind} {name} is another"
    yield from (f"{kind} {name} is not ours" for kind, name in seen.parts.keys() - expected.parts.keys())


def _changed_rules(expected: Listing, seen: Listing) -> Iterator[str]:
    for kind, chain in expected.parts:
        if kind != "chain" or (kind, chain) not in seen.parts:
            continue
        before, now = expected.rules.get(chain, []), seen.rules.get(chain, [])
        missing, added = _count_less(before, now), _count_less(now, before)
        if missing:
            yield f"chain {chain} lacks {missing} of {len(before)} rules"
        if added:
            yield f"chain {chain} has {added} more that are not ours"
        if before != now and not missing and not added:
            yield f"chain {chain} has its rules in another order"


def _count_less(rules: list[str], others: list[str]) -> int:
    """How many of `rules` are not among `others`, each of which counts once."""
    left = list(others)
    count = 0
    for rule in rules:
        if rule in left:
            left.remove(rule)
        else:
            count += 1
    return count


def _stable(content: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in content.items() if key not in _VOLATILE}, sort_keys=True)
