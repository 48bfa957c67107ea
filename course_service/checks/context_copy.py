"""Which instructions bring a file of the build context into the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from posixpath import normpath

from ..parsed_dockerfile import Instruction

_COPYING = ("COPY", "ADD")
_LONGEST_NAME = 255


def copies(instruction: Instruction, path: str) -> bool:
    """True where `path` of the context comes into the image by COPY or ADD, and so stays in it."""
    if instruction.name not in _COPYING or instruction.flag("from") is not None:
        return False
    return any(_matches(source, path) for source in instruction.arguments[:-1]) and not any(
        _matches(pattern, path) for pattern in instruction.flag_values("exclude")
    )


def may_bring(instruction: Instruction, path: str) -> bool:
    """True where a file named as `path` is, for all that the text tells, there after or in `instruction`.

    By `copies`, by a bind mount, written out in the Dockerfile, or from another stage or image, of whose
    files the text tells nothing.
    """
    if instruction.sources or copies(instruction, path):
        return True
    if instruction.name in _COPYING:
        return bool(instruction.heredocs) and _file_name(instruction.arguments[-1]) == _file_name(path)
    return any(_mounts(mount, path) for mount in instruction.flag_values("mount"))


def names_given(instruction: Instruction, path: str) -> set[str]:
    """The names under which a COPY, an ADD or a bind mount of `path` alone brings it in."""
    pairs = []
    if copies(instruction, path) and len(instruction.arguments) == 2:
        pairs.append(instruction.arguments)
    for mount in map(_mount_options, instruction.flag_values("mount")):
        pairs.append((_mount_source(mount), _first(mount, "target", "dst", "destination")))
    wanted = _segments(path)
    return {target.rpartition("/")[2] for source, target in pairs if _segments(source) == wanted} - {"", "."}


def _matches(source: str, path: str) -> bool:
    """By the engine's rules a source is a file, a folder with all that is in it, or a pattern of either."""
    return _begins(_segments(source), _segments(path))


def _begins(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_begins(pattern[1:], segments[place:]) for place in range(len(segments) + 1))
    if not segments or len(pattern[0]) > _LONGEST_NAME:
        return False
    return fnmatchcase(segments[0], pattern[0]) and _begins(pattern[1:], segments[1:])


def _mounts(mount: str, path: str) -> bool:
    options = _mount_options(mount)
    if options.get("type", "bind") != "bind":
        return False
    return _matches(_mount_source(options), path)


def _mount_options(mount: str) -> dict[str, str]:
    return dict(option.partition("=")[::2] for option in mount.split(","))


def _mount_source(options: Mapping[str, str]) -> str:
    return _first(options, "source", "src") or "."


def _first(options: Mapping[str, str], *names: str) -> str:
    return next((options[name] for name in names if name in options), "")


def _segments(path: str) -> list[str]:
    segments: list[str] = []
    for segment in normpath(f"/{path}").split("/"):
        if segment and not (segment == "**" and segments[-1:] == ["**"]):
            segments.append(segment)
    return segments


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
