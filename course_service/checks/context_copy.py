"""Which instructions bring a file of the build context into the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    pattern = _segments(source)
    segments = _segments(path)
    if len(pattern) > len(segments):
        return False
    return all(fnmatchcase(segment, wanted) for segment, wanted in zip(segments, pattern, strict=False))


def _mounts(mount: str, path: str) -> bool:
    options = _mount_options(mount)
    if options.get("type", "bind") != "bind" or "from" in options:
        return False
    return _matches(_mount_source(options), path)


def _mount_options(mount: str) -> dict[str, str]:
    return dict(option.partition("=")[::2] for option in mount.split(","))


def _mount_source(options: Mapping[str, str]) -> str:
    return _first(options, "source", "src") or "."


def _first(options: Mapping[str, str], *names: str) -> str:
    return next((options[name] for name in names if name in options), "")


def _segments(path: str) -> Sequence[str]:
    return [segment for segment in path.split("/") if segment not in ("", ".")]
