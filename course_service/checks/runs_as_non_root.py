"""The app does not run as root."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import ClassVar, Literal

from ..errors import SandboxFault
from ..sandbox import Sandbox
from ..verdict import Failure, FailureCode
from .check import NPROC_LIMIT, RUNNING_CODES, ImageCheck, Workbench
from .container_process import PROCESS_FOLDER

CONTAINER = "containrlab-user"
SETTLE_SECONDS = 5
"""How long the first process may be root's before it is taken to stay so."""

_POLL_SECONDS = 0.2
_USERS_SCRIPT = 'docker cp "$0" - | tar -xOf -'
# The map of the sandbox's engine: its root is uid 1000 here, and every other user has a higher number.
_ROOT_SEEN_FROM_SANDBOX = "1000"
_STATUS_SCRIPT = f"grep ^Uid: {PROCESS_FOLDER}/status"


class RunsAsNonRoot(ImageCheck):
    """The first process of a container of the image has another user id than 0.

    By what the kernel says of the process, once it is not root's or `SETTLE_SECONDS` are over: an entry point
    may begin as root and then become another user. Where it has ended already, by the image's USER and its
    list of users.
    """

    kind: Literal["runs_as_non_root"]
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.RUNS_AS_ROOT, *RUNNING_CODES)
    doing: ClassVar[str] = "Asking who runs your app"

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        sandbox = workbench.sandbox
        try:
            sandbox.run(
                ["docker", "run", "--detach", "--name", CONTAINER, *NPROC_LIMIT, workbench.built.tag],
                timeout_seconds=30,
            )
            is_root = _process_stays_root(sandbox)
            if is_root is None:
                is_root = _image_says_root(sandbox, workbench.built.tag)
        finally:
            sandbox.run(["docker", "rm", "--force", "--volumes", CONTAINER], timeout_seconds=30)
        if not is_root:
            return ()
        return (
            self.failure(
                FailureCode.RUNS_AS_ROOT,
                "The app runs as root in its container. Whoever finds a hole in the app is root there too.",
                "Before CMD, change to a user that is not root, for example: USER 1000",
            ),
        )


def _process_stays_root(sandbox: Sandbox) -> bool | None:
    """None where there is no process any more."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (is_root := _process_is_root(sandbox)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return is_root


def _process_is_root(sandbox: Sandbox) -> bool | None:
    run = sandbox.run(["bash", "-c", _STATUS_SCRIPT, CONTAINER], timeout_seconds=20)
    numbers = re.fullmatch(r"Uid:((?:\s+\d+){4})\s*", run.output)
    return _ROOT_SEEN_FROM_SANDBOX in numbers[1].split() if run.succeeded and numbers else None


def _image_says_root(sandbox: Sandbox, tag: str) -> bool:
    run = sandbox.run(["docker", "image", "inspect", "--format", "{{.Config.User}}", tag], timeout_seconds=20)
    if not run.succeeded:
        raise SandboxFault("The sandbox's Docker engine did not say whose the image's app is.")
    # An image without a list of users has no names that are root's but root.
    users = sandbox.run(["bash", "-c", _USERS_SCRIPT, f"{CONTAINER}:/etc/passwd"], timeout_seconds=20)
    return is_roots_name(run.output.strip().partition(":")[0], users.lines)


def is_roots_name(user: str, users: Sequence[str]) -> bool:
    """True where the engine takes `user` of USER for uid 0, given the lines of the image's /etc/passwd.

    As the engine does: a user of that name comes first, whatever the name looks like, and then the number.
    """
    for entry in (line.split(":") for line in users):
        if len(entry) > 2 and entry[2].isdecimal() and (entry[0] == user or entry[2] == user):
            return int(entry[2]) == 0
    return user in ("", "root") or (user.isdecimal() and int(user) == 0)
