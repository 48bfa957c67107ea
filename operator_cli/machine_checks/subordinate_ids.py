"""User ids for the containers in a session: 65536 from 100000 on, as the session image says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .check import Check, Finding, Group, failed, passed, warned
from .engine_facts import EngineFacts
from .machine import Machine

SESSION_FIRST, SESSION_COUNT = 100_000, 65_536
"""/etc/subuid of the session image (dind_image/Dockerfile)."""

NEEDED = SESSION_FIRST + SESSION_COUNT
_SUBUID = Path("/etc/subuid")


@dataclass(frozen=True)
class SubordinateIds:
    """Readings: whether the engine maps containers' ids, and to how many of the machine's (None: unknown)."""

    is_remapped: bool
    count: int | None = None


def find_remap_count(data_root: str, subuid: str) -> int | None:
    """How many ids the engine maps: its data root ends in ``FIRST.FIRST``, which subuid(5) gives a count.

    >>> find_remap_count("/var/lib/docker/231072.231072", "dockremap:231072:65536\\n")
    65536
    """
    first = Path(data_root).name.partition(".")[0]
    rows = [line.split(":") for line in subuid.splitlines() if line.count(":") == 2]
    counts = [int(count) for _, start, count in rows if start == first]
    return max(counts, default=None)


def judge_subordinate_ids(seen: SubordinateIds) -> Finding:
    """An engine that maps nothing has all ids of the machine."""
    if not seen.is_remapped:
        return passed(f"the engine maps no ids, so a session has its {SESSION_COUNT} from {SESSION_FIRST} on")
    if seen.count is not None and seen.count < NEEDED:
        return failed(
            f"the engine's userns-remap has {seen.count} ids, and a session needs {NEEDED}",
            f"give dockremap {NEEDED} ids in /etc/subuid and /etc/subgid, and restart the engine; or take "
            '"userns-remap" out of /etc/docker/daemon.json',
        )
    count = "an unknown number of" if seen.count is None else str(seen.count)
    return warned(
        f"the engine's userns-remap has {count} ids; sessions are not tested under it",
        'where sessions do not start: take "userns-remap" out of /etc/docker/daemon.json, then restart it',
    )


def _read(engine: EngineFacts) -> SubordinateIds:
    if not engine.has_option("userns"):
        return SubordinateIds(is_remapped=False)
    subuid = _SUBUID.read_text(encoding="utf-8") if _SUBUID.exists() else ""
    return SubordinateIds(is_remapped=True, count=find_remap_count(engine.data_root, subuid))


def _look(machine: Machine) -> Finding:
    return judge_subordinate_ids(_read(machine.local_engine()))


SUBORDINATE_IDS = Check(
    "subordinate_ids", Group.KERNEL, "Files of images belong to many users, each of whom needs an id.", _look
)
