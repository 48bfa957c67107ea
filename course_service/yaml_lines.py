"""A YAML text and the lines of what it says, found by the locations that pydantic gives its mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Location = Sequence[str | int]

_TAG = "kind"
_FIRST_LINE = 1


@dataclass(frozen=True)
class RepeatedKey:
    """A key that stands twice in one mapping; YAML itself would silently take the second."""

    key: str
    line: int
    first_line: int


@dataclass(frozen=True)
class YamlText:
    """What a YAML text says, and where."""

    data: Any
    repeated_keys: tuple[RepeatedKey, ...]
    root: yaml.Node | None

    def line(self, location: Location) -> int:
        """The line, counted from 1, of what stands at `location`.

        A key has its own line, and so has an item of a list. For what is not there it is the first line of
        the mapping that lacks it. The name of a kind, which pydantic puts between an item and its fields, is
        passed over.
        """
        node, line = self.root, _FIRST_LINE if self.root is None else _line_of(self.root)
        before: str | int | None = None
        for part in location:
            if isinstance(node, yaml.MappingNode):
                if isinstance(before, int) and _scalar(node, _TAG) == part:
                    before = part
                    continue
                pair = _find(node, str(part))
                if pair is None:
                    return _line_of(node)
                line, node = _line_of(pair[0]), pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = _line_of(node)
            else:
                return line
            before = part
        return line


def read_yaml(text: str) -> YamlText:
    """Read one document. Raises `yaml.YAMLError`, and `ValueError` for a date that is none."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        # Before the data is made: that merges `<<` into the mapping, where a key may then stand twice.
        repeated = sorted(_repeated_keys(root), key=lambda one: one.line) if root is not None else ()
        data = None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()
    return YamlText(data, tuple(repeated), root)


def mistake_line(error: yaml.YAMLError, text: str) -> int | None:
    """The line that a syntax error is about."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return None if mark is None else int(mark.line) + 1
    position = getattr(error, "position", None)  # of a character that YAML does not allow
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else None


def _repeated_keys(root: yaml.Node) -> Iterator[RepeatedKey]:
    waiting: list[yaml.Node] = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue  # an alias leads to the same node again
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
            continue
        lines: dict[str, int] = {}
        for key, value in node.value:
            waiting.append(value)
            if isinstance(key, yaml.ScalarNode):
                if key.value in lines:
                    yield RepeatedKey(key.value, _line_of(key), lines[key.value])
                lines.setdefault(key.value, _line_of(key))


def _find(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    for key_node, value_node in node.value:
        if isinstance(key_node, yaml.ScalarNode) and key_node.value == key:
            return key_node, value_node
    return None


def _scalar(node: yaml.MappingNode, key: str) -> str | None:
    pair = _find(node, key)
    return pair[1].value if pair is not None and isinstance(pair[1], yaml.ScalarNode) else None


def _line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
