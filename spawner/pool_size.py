"""How many warm sessions a hub keeps ready, as an operator sets it: usually, and by a timetable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from traitlets import HasTraits, Integer, TraitError, Unicode, validate

from .pool_schedule import PoolSchedule
from .time_zone import check_time_zone


class PoolSize(HasTraits):
    """The part of `LabSpawner` that says how large the pool is to be."""

    pool_size = Integer(
        0,
        min=0,
        config=True,
        help="""Warm sessions that are kept ready, so that a start takes no longer than handing one over.

        Each holds about 140 MB of memory. None by default. Who comes when none is ready waits for a cold
        start. Not more are kept than places are free.""",
    )
    pool_schedule = Unicode(
        "",
        config=True,
        help="""When more are kept ready: 'Mon-Fri 09:45-10:30 20; 2026-12-01 08:00-12:00 30'.

        Days (a name, a range, a list or a date), a span of time, which may pass midnight, and how many.
        Where entries overlap the largest number holds; none lowers pool_size.""",
    )
    pool_timezone = Unicode(
        "",
        config=True,
        help="""Time zone of pool_schedule, such as 'Europe/Zurich'.

        Empty: this machine's own.""",
    )

    @validate("pool_schedule")
    def _validate_pool_schedule(self, proposal: Any) -> str:
        text: str = proposal.value
        try:
            PoolSchedule.parse(text)
        except ValueError as error:
            raise TraitError(f"pool_schedule: {error}") from error
        return text

    @validate("pool_timezone")
    def _validate_pool_timezone(self, proposal: Any) -> str:
        name: str = proposal.value
        try:
            return name and check_time_zone(name)
        except ValueError as error:
            raise TraitError(f"pool_timezone: {name!r}: {error}") from error

    def wanted_pool(self, now: datetime) -> int:
        """How many warm sessions are to be ready at `now`, an aware moment."""
        return PoolSchedule.parse(self.pool_schedule, self.pool_timezone).size_at(now, self.pool_size)
