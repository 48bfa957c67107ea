"""From the engine's words about a failed build to a failure code and a sentence that helps.

The verdict "failed" is the build's exit code; the text read here only chooses which words go with it, and
whether the fault was ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import SandboxFault
from ..sandbox import ENGINE_LOST, Run
from ..verdict import Failure, FailureCode

_LONGEST_QUOTE = 300
_ENGINE_LOST = re.compile(
    rf"{ENGINE_LOST}|error reading from server: EOF|code = Unavailable"
    r"|connection reset by peer$"
)
_NETWORK_TROUBLE = re.compile(
    r"Tunnel connection failed|proxy|timed? ?out|ECONN|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|E50\d|50[0234] "
    r"|Connection (?:refused|reset|broken|aborted)|Failed to establish|Unable to connect|network"
    r"|No matching distribution",
    re.I,
)
"""Words of a build that met trouble on its way to a registry, or may have."""
# The proxy's 403 in the words of pip and curl; of apt and npm, which show it as if the host had answered so.
_NETWORK_REFUSED = re.compile(
    r"Tunnel connection failed: 403|CONNECT tunnel failed, response 403|response 403 after CONNECT"
    r"|https?://(?!(?:deb|security)\.debian\.org/)\S+ {1,2}403 {1,2}Forbidden"
    r"|403 Forbidden - GET https?://(?!registry\.npmjs\.org/)"
    r"|Temporary failure (?:in name resolution|resolving)|Could not resolve|Name or service not known"
    r"|Network is unreachable|getaddrinfo|dial tcp: lookup|Failed to establish a new connection",
    re.I,
)
DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.I)
_FRONTEND = re.compile(r"^#\d+ resolve image config for docker-image://", re.M)
_COMMAND = re.compile(r'^failed to solve: process ".*" did not complete')
_BASE_IMAGE = re.compile(r"^failed to solve: (\S+): failed to resolve source metadata")
_PARSE_ERROR = re.compile(r"dockerfile parse error on line (\d+): (.*)", re.I)
_DID_YOU_MEAN = re.compile(r"unknown instruction: (\S+) \(did you mean (\S+?)\?\)")
_NOT_IN_CONTEXT = re.compile(r'"/?([^"]+)": not found')
_EXIT_CODE = re.compile(r"did not complete successfully: exit code: (\d+)$")
_RULE = "------"
_MARKED_LINE = re.compile(r"^ *(\d+) \| >>> (.*)$")


def may_be_the_registrys_fault(run: Run) -> bool:
    """True where a build took too long, or its words tell of the network."""
    return run.timed_out or bool(_NETWORK_TROUBLE.search(run.output))


def explain_build_failure(
    run: Run, *, time_limit: int, output_limit: int, base_images: Sequence[str], met_memory_limit: bool
) -> Failure:
    """Why the build `run` failed. Raises `SandboxFault` where it was not the submission."""
    error = _engine_error(run)
    # The engine quotes the command that failed, and that may read like any words of the engine's.
    words = _COMMAND.sub("failed to solve: process did not complete", error)
    if (failure := _met_limit(run, error, time_limit, output_limit, met_memory_limit)) is not None:
        return failure
    if not error or _ENGINE_LOST.search(words):
        raise SandboxFault("The sandbox's Docker engine ended during the build.")
    if _FRONTEND.search(run.output):
        return Failure(
            FailureCode.DOCKER_BUILD_FAILED,
            "Your Dockerfile's `# syntax=` line asks for a builder from the internet, which is not reached "
            f"from here. {_quote(error)}",
            "Delete the line that starts with `# syntax=`; the builder here needs none.",
        )
    if found := _BASE_IMAGE.search(words):
        return _base_image(run, found[1], base_images)
    is_commands_own = _EXIT_CODE.search(words) or "failed to load cache key" in words
    if is_commands_own and _NETWORK_REFUSED.search(run.output):
        return _network_refused(run, error)
    return _build_failed(run, error)


def _met_limit(
    run: Run, error: str, time_limit: int, output_limit: int, met_memory_limit: bool
) -> Failure | None:
    if run.over_limit:
        return Failure(
            FailureCode.OUTPUT_LIMIT,
            f"The build was stopped because it printed more than {output_limit // 1024} KiB.",
            "Look at the build log for a command that prints without end, and make it quiet.",
        )
    if run.timed_out:
        return Failure(
            FailureCode.BUILD_TIMEOUT,
            f"The build was stopped because it took longer than {time_limit} seconds.",
            "Look at the last step in the build log: a RUN command must end. What should keep running "
            "belongs in CMD.",
        )
    if DISK_FULL.search(run.output):
        return Failure(
            FailureCode.DISK_FULL,
            f"The build filled the disk that it may use. {_quote(error)}",
            "Install and copy only what the app needs.",
        )
    exit_code = _EXIT_CODE.search(error)
    if met_memory_limit and (not exit_code or exit_code[1] == "137"):
        return Failure(
            FailureCode.OUT_OF_MEMORY,
            f"The build needed more memory than it may use. {_quote(error)}",
            f"{_where(run)}Use a command that needs less memory.",
        )
    return None


def _base_image(run: Run, image: str, base_images: Sequence[str]) -> Failure:
    if _copies_from_stage(run):
        return Failure(
            FailureCode.BASE_IMAGE_UNAVAILABLE,
            f"{_where(run)}No stage above that line is named {_shorten(image)}, so the engine takes it for "
            "an image, which this course does not offer.",
            "After --from=, write the name of a stage exactly as it stands after AS.",
        )
    offered = ", ".join(base_images) or "none"
    return Failure(
        FailureCode.BASE_IMAGE_UNAVAILABLE,
        f"Your Dockerfile builds on the image {_shorten(image)}, which this course does not offer.",
        f"This lab offers: {offered}. Write it exactly so after FROM.",
    )


def _network_refused(run: Run, error: str) -> Failure:
    return Failure(
        FailureCode.NETWORK_REFUSED,
        "The build tried to reach something on the internet that this course does not allow. "
        f"{_where(run)}{_quote(error)}",
        "Builds reach the lab's package registries only. Copy other files in with COPY.",
    )


def _build_failed(run: Run, error: str) -> Failure:
    parse_error = _PARSE_ERROR.search(error)
    if parse_error:
        number, problem = parse_error.groups()
        message = f"Line {number} of your Dockerfile does not parse: {_shorten(problem)}."
        hint = _mend(problem)
    elif "no build stage in current context" in error:
        message = f"Your Dockerfile has an instruction before its FROM. {_quote(error)}"
        hint = "Begin the Dockerfile with a FROM line that names the base image."
    elif "file with no instructions" in error:
        message = f"Your Dockerfile has no instruction yet. {_quote(error)}"
        hint = "Begin it with a FROM line that names the base image."
        return Failure(FailureCode.DOCKER_BUILD_FAILED, message, hint)
    elif (missing := _NOT_IN_CONTEXT.search(error)) and _copies_from_stage(run):
        message = f"There is no /{_shorten(missing[1])} in the stage that it is copied from. {_quote(error)}"
        hint = (
            "Was it made in that stage? A path after --from= counts from the stage's root, not from its "
            "WORKDIR, so write it whole."
        )
    elif missing:
        message = (
            f"The build needs {_shorten(missing[1])}, which is not in the build context. {_quote(error)}"
        )
        hint = "Check its spelling, that it is in your folder, and that .dockerignore does not leave it out."
    elif exit_code := _EXIT_CODE.search(error):
        said = _last_words(run)
        message = f"A RUN command ended with exit code {exit_code[1]}. {said}{_quote(error)}"
        hint = "Read the last lines of that step in the build log: they are the command's own words."
        if "No such file or directory" in said:
            hint += " A file that it needs must be copied into the image by a COPY line above it."
    else:
        message = f"The build failed. {_quote(error)}"
        hint = "Read the last lines of the build log."
    return Failure(FailureCode.DOCKER_BUILD_FAILED, f"{message} {_where(run)}".rstrip(), hint)


def _mend(problem: str) -> str:
    if meant := _DID_YOU_MEAN.search(problem):
        return f"Change {_shorten(meant[1])} to {meant[2]}."
    if "unknown instruction" in problem:
        return (
            "Each line begins with an instruction such as FROM, WORKDIR, COPY, RUN or CMD. A long line goes "
            "on in the next one only after a \\ at its end; a note begins with #."
        )
    return "Compare that line with the examples in the lab's text: something is missing or misplaced in it."


def _engine_error(run: Run) -> str:
    # What the learner's commands print is prefixed with its step's number, so these lines are the engine's.
    errors = [line.removeprefix("ERROR: ") for line in run.lines if line.startswith("ERROR: ")]
    return errors[-1] if errors else ""


def _where(run: Run) -> str:
    marked = _marked_line(run)
    return f"Line {marked[1]} reads `{_shorten(marked[2].strip())}`. " if marked else ""


def _copies_from_stage(run: Run) -> bool:
    marked = _marked_line(run)
    return marked is not None and "--from=" in marked[2]


def _marked_line(run: Run) -> re.Match[str] | None:
    """The first line of the Dockerfile that the engine points at: its number and its text."""
    lines = run.lines
    while _RULE in lines:  # the engine shows the Dockerfile below all that commands printed
        lines = lines[lines.index(_RULE) + 1 :]
    return next((found for line in lines if (found := _MARKED_LINE.match(line))), None)


def _last_words(run: Run) -> str:
    """What the failed step printed last; the engine repeats it between two rules, each line with its time."""
    rules = [number for number, line in enumerate(run.lines) if line == _RULE]
    if len(rules) < 2:
        return ""
    printed = [line.partition(" ")[2].strip() for line in run.lines[rules[-2] + 2 : rules[-1]]]
    words = [line for line in printed if line]
    return f"Its last words: {_shorten(words[-1])}. " if words else ""


def _quote(error: str) -> str:
    return f"The engine says: {_shorten(error)}"


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
