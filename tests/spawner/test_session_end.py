"""What a spawner tells of its server's end, asked as JupyterHub asks; ``tests/hub_config`` has a real hub."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jupyterhub.spawner import Spawner

from spawner.session_end import KnownEnd


class StartsNothing(Spawner):
    async def start(self) -> tuple[str, int]:
        return "127.0.0.1", 1

    async def stop(self, now: bool = False) -> None:
        pass

    async def poll(self) -> int | None:
        return 0


class ShortLived(KnownEnd, StartsNothing):
    pass


@pytest.fixture
def spawner() -> ShortLived:
    return ShortLived(user=SimpleNamespace(name="ann"), orm_spawner=None)


@pytest.mark.parametrize(("is_told", "end"), [(True, "stopped"), (False, "crashed")])
async def test_an_end_that_was_ordered_is_told_from_another_until_the_next_start(spawner, is_told, end):
    await spawner.run_pre_spawn_hook()
    assert "end" not in spawner.get_state()
    if is_told:
        await spawner.stop()
    await spawner.run_post_stop_hook()
    spawner.clear_state()
    assert spawner.get_state()["end"] == end
    await spawner.run_pre_spawn_hook()
    assert "end" not in spawner.get_state()


@pytest.mark.parametrize("is_seen", [True, False])
async def test_only_a_server_that_this_hub_has_seen_running_has_crashed(spawner, is_seen):
    if is_seen:  # else it was gone when the hub started again and first looked
        spawner.start_polling()
        spawner.stop_polling()
    await spawner.run_post_stop_hook()
    assert spawner.get_state().get("end") == ("crashed" if is_seen else None)
