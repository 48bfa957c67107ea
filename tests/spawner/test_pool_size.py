"""The pool's traits: what a configuration may say, and when it is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from traitlets import TraitError
from traitlets.config import Config, Configurable

from spawner.lab_spawner import LabSpawner
from spawner.pool_size import PoolSize

MORNING = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


class Configured(PoolSize, Configurable):
    """As much of a spawner as reads a configuration."""


def test_by_default_there_is_no_pool():
    assert LabSpawner().wanted_pool(MORNING) == 0


@pytest.mark.parametrize(("zone", "size"), [pytest.param("Europe/Zurich", 20, id="10:00 there"), ("UTC", 2)])
def test_pool_follows_its_timetable_in_its_zone(zone: str, size: int):
    said = {"pool_size": 2, "pool_schedule": "Mon-Fri 09:45-10:30 20", "pool_timezone": zone}
    assert LabSpawner(config=Config(LabSpawner=said)).wanted_pool(MORNING) == size


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"pool_schedule": "Mon 9-10 20"}, "pool_schedule: entry 1, 'Mon 9-10 20': '9-10' is not a span"),
        ({"pool_timezone": "Europe/Berln"}, "pool_timezone: 'Europe/Berln': .* Did you mean Europe/Berlin"),
        ({"pool_size": -1}, "pool_size"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_assignment_and_in_a_configuration(
    said: dict[str, object], problem: str
):
    (name, value), *_ = said.items()
    pool = PoolSize()
    with pytest.raises(TraitError, match=problem):
        setattr(pool, name, value)
    with pytest.raises(TraitError, match=problem):
        Configured(config=Config(Configured=said))
