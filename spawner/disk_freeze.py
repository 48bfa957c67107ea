"""Holds a mounted file system still, so that what it is kept in can be copied whole.

A process of its own freezes it and waits for our pipe to close: it lets go when we are done, when we are
killed, and after `FREEZE_SECONDS` in any case. Whoever writes meanwhile waits.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import LoopDiskUnavailable

FREEZE_SECONDS = 20

# A signal would end the shell between freezing and letting go. The shell works in the disk so that nobody can
# unmount it meanwhile, which would leave it frozen for ever.
_HOLD = """trap '' TERM HUP INT
cd "$1" || exit 1
fsfreeze --freeze . || exit 1
echo frozen
timeout -s KILL "$2" cat > /dev/null
held=$?
fsfreeze --unfreeze .
exit $held"""


@contextmanager
def frozen(mount_point: Path) -> Iterator[None]:
    """Hold the file system at `mount_point` still while the block runs.

    Raises `LoopDiskUnavailable` where it cannot be held, or was let go before the block was done.
    """
    holder = subprocess.Popen(
        ["sh", "-c", _HOLD, "sh", str(mount_point), str(FREEZE_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with holder:  # closes the pipe, and waits
        assert holder.stdin and holder.stdout and holder.stderr  # noqa: S101, PT018 - as asked for
        if holder.stdout.readline() != b"frozen\n":
            words = holder.stderr.read().decode(errors="replace").strip()
            raise LoopDiskUnavailable(f"{mount_point} cannot be held still: {words}")
        try:
            yield
        finally:
            holder.stdin.close()
            ended = holder.wait()
    if ended != 0:
        raise LoopDiskUnavailable(f"{mount_point} could not be held still for as long as its copy takes")
