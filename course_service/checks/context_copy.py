"""Which instructions bring a file of the build context into the image."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..parsed_dockerfile import Instruction

_COPYING = ("COPY", "ADD")


def brings(instruction: Instruction, path: str) -> bool:
    """True for a COPY, an ADD or a bind mount of a RUN by which `path` of the context is there."""
    if instruction.name in _COPYING:
        if instruction.flag("from") is not None:
            return False
        return any(_matches(source, path) for source in instruction.arguments[:-1]) and not any(
            fnmatchcase(path, pattern) for pattern in instruction.flag_values("exclude")
        )
    return any(_mounts(mount, path) for mount in instruction.flag_values("mount"))


def copies(instruction: Instruction, path: str) -> bool:
    """True where `path` stays in the image: by COPY or ADD."""
    return instruction.name in _COPYING and brings(instruction, path)


def _matches(source: str, path: str) -> bool:
    """By the engine's rules a source is a file, a folder with all that is in it, or a pattern of either."""
    pattern = _segments(source)
    segments = _segments(path)
    if len(pattern) > len(segments):
        return False
    return all(fnmatchcase(segment, wanted) for segment, wanted in zip(segments, pattern, strict=False))


def _mounts(mount: str, path: str) -> bool:
    options = dict(option.partition("=")[::2] for option in mount.split(","))
    if options.get("type", "bind") != "bind" or "from" in options:
        return False
    return _matches(options.get("source", options.get("src", ".")), path)


def _segments(path: str) -> Sequence[str]:
    return [segment for segment in path.split("/") if segment not in ("", ".")]
