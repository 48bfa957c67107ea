"""Which part of a failed attempt is an error that can be explained. Pure: an attempt in, a text out."""

from __future__ import annotations

from typing import Any

_OF_THE_BUILD = {
    "docker_build_failed",
    "base_image_unavailable",
    "build_timeout",
    "output_limit",
    "network_refused",
}
_OF_A_CONTAINER = {"docker_run_failed", "healthcheck_failed", "command_output_wrong"}
_OF_EITHER = {"out_of_memory", "disk_full"}


def find_error(attempt: dict[str, Any], most: int) -> str:
    """The first failure that a log tells of: its message, and the log's end; nothing where none does.

    What is wrong with a Dockerfile's text stands in no log. At most `most` characters.
    """
    result = _object(attempt.get("result"))
    notes, failures = _object(result.get("notes")), result.get("failures")
    for failure in map(_object, failures if isinstance(failures, list) else []):
        if keys := _logs_of(failure.get("code")):
            message = str(failure.get("message") or "")[: most // 4]
            log = "\n".join(line for key in keys for line in _lines(notes.get(key)))
            return f"{message}\n\n{log[-(most - len(message) - 2) :]}".strip()
    return ""


def _logs_of(code: object) -> tuple[str, ...]:
    code = str(code)
    if code in _OF_THE_BUILD:
        return ("build_logs",)
    if code in _OF_A_CONTAINER:
        return ("runtime_logs",)
    return ("build_logs", "runtime_logs") if code in _OF_EITHER else ()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lines(log: object) -> list[str]:
    return [str(line) for line in log] if isinstance(log, list) else []
