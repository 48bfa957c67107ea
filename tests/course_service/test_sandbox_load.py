"""When a sandbox has no room left for the judge's own commands."""

from __future__ import annotations

from typing import Any

import pytest

from course_service.sandbox_load import SandboxLoad


def stats(processes: int, *, held_back: int = 0, periods: int = 10, limit: int = 512) -> dict[str, Any]:
    """What the engine answers of a sandbox that was held back in so many of the last periods."""

    def throttling(all_periods: int, throttled: int) -> dict[str, Any]:
        return {"throttling_data": {"periods": all_periods, "throttled_periods": throttled}}

    return {
        "pids_stats": {"current": processes, "limit": limit},
        "precpu_stats": throttling(700, 90),
        "cpu_stats": throttling(700 + periods, 90 + held_back),
    }


@pytest.mark.parametrize(
    ("answer", "leaves_no_room"),
    [
        pytest.param(stats(40), False, id="at rest"),
        pytest.param(stats(60, held_back=10), False, id="an app that counts, and nothing else"),
        pytest.param(stats(150), False, id="an app of many threads that wait"),
        pytest.param(stats(150, held_back=10), True, id="many that ask for the processor"),
        pytest.param(stats(150, held_back=4), False, id="many that ask for it now and then"),
        pytest.param(stats(512), True, id="at the limit"),
        pytest.param(stats(500), True, id="no room for a command"),
        pytest.param(stats(150, periods=0), False, id="a kernel that counts no periods"),
        pytest.param(stats(300, limit=0), False, id="a sandbox without a limit"),
        pytest.param({"pids_stats": {}, "cpu_stats": {}, "precpu_stats": {}}, False, id="it has ended"),
        pytest.param({}, False, id="nothing is told"),
    ],
)
def test_a_crowd_is_told_from_a_busy_app(answer, leaves_no_room):
    assert SandboxLoad.from_stats(answer).leaves_no_room is leaves_no_room
