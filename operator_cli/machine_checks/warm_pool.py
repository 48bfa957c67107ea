"""How many sessions are to be ready, now and at most, and whether so many can run at once."""

from __future__ import annotations

from datetime import UTC, datetime

from hub_config.capacity import allowed_sessions
from spawner.pool_schedule import PoolSchedule

from .check import Check, Finding, Group, passed, warned
from .machine import Machine


def judge_pool(schedule: PoolSchedule, base: int, sessions: int, now: datetime) -> Finding:
    """Warns where the timetable asks for more than run at once; `base` is the pool's usual size."""
    ready = schedule.size_at(now, base)
    if not schedule.entries:
        return passed(f"{ready} sessions are to be ready")
    local = now.astimezone(schedule.zone)
    zone = schedule.zone.key if schedule.zone else f"this machine's, {local.tzname()}"
    most = max(entry.size for entry in schedule.entries)
    seen = f"{ready} sessions are to be ready at {local:%a %H:%M} ({zone}), {max(base, most)} at most"
    if most > sessions:
        return warned(
            f"{seen}, but {sessions} run at once",
            "a machine with more memory, or fewer in CONTAINRLAB_POOL_SCHEDULE",
        )
    return passed(seen)


def _look(machine: Machine) -> Finding:
    settings = machine.settings
    schedule = PoolSchedule.parse(settings.pool_schedule, settings.pool_timezone)
    return judge_pool(schedule, settings.pool, allowed_sessions(settings), datetime.now(UTC))


WARM_POOL = Check(
    "warm_pool", Group.ROOM, "Who comes when a session is ready waits a second, others some more.", _look
)
