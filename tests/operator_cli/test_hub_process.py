"""A hub that ends by itself is started again, and given up where that is to no avail."""

from __future__ import annotations

import io

import pytest

from hub_config.settings import Settings
from operator_cli import hub_process
from operator_cli.errors import HubFailed
from operator_cli.hub_process import HubProcess
from operator_cli.progress import Progress
from operator_cli.restarts import MOST_QUICK_ENDS


class Unlucky(HubProcess):
    """A hub that ends at once, whenever it is started; every second time before it answers."""

    starts = 0

    def start(self, *, again: bool = False) -> None:
        self.starts += 1
        self.process.start(["sh", "-c", "echo no luck; exit 3"], goes_on=again)
        if self.starts % 2 == 0:
            raise hub_process.ended_by_itself(self.process)


def test_a_hub_that_only_ends_is_given_up_with_its_log(
    settings: Settings, progress: Progress, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    waited: list[float] = []
    monkeypatch.setattr(hub_process.time, "sleep", waited.append)
    hub = Unlucky(settings, {}, progress)
    hub.start()
    prepared: list[int] = []
    with pytest.raises(HubFailed, match="exit code is 3") as error:
        hub.keep_running(lambda: prepared.append(hub.starts))
    assert hub.starts == MOST_QUICK_ENDS
    assert prepared == [1, 2, 3, 4], "what a start needs is there before each"
    assert "make up" in error.value.remedy
    assert list(error.value.log_tail) == ["no luck"] * MOST_QUICK_ENDS
    assert told.getvalue().count("it is started again") == MOST_QUICK_ENDS - 1
