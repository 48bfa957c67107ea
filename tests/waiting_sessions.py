"""The sessions of a course's warm pool, as its engine shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import docker

from operator_cli.waiting import wait_for
from spawner.labels import SESSION, Role, label_filters, pool_name
from spawner.prepared_server import is_prepared

READY_SECONDS = 120
USUAL_SHARES = 1024


@dataclass(frozen=True)
class WaitingSessions:
    """Of the course `instance`."""

    engine: docker.APIClient
    instance: str

    def list_all(self) -> list[dict[str, Any]]:
        """Those that run, as the engine lists containers."""
        containers = self.engine.containers(filters=label_filters(self.instance, Role.SESSION))
        prefix = "/" + pool_name(self.instance, "")
        return [one for one in containers if one["Names"][0].startswith(prefix)]

    def wait_for_one(self) -> set[str]:
        """Keys of all; returns when one waits with all that its learner needs for a quick start."""
        waiting: list[dict[str, Any]] = []

        def is_one_ready() -> bool:
            waiting[:] = self.list_all()
            for one in waiting:  # made at low priority: on a busy machine it would take minutes
                self.engine.update_container(one["Id"], cpu_shares=USUAL_SHARES)
            return any(is_prepared(self.engine, one["Id"]) for one in waiting)

        assert wait_for(is_one_ready, READY_SECONDS), "no session waits for a learner"
        return {key_of(one) for one in waiting}

    def list_keys(self) -> set[str]:
        """Keys of all sessions of the course that have a container, whosever and running or not."""
        filters = label_filters(self.instance, Role.SESSION)
        return {key_of(one) for one in self.engine.containers(all=True, filters=filters)}

    def key_of(self, name: str) -> str:
        """The key of the session whose container has this name."""
        labels: dict[str, str] = self.engine.inspect_container(name)["Config"]["Labels"]
        return labels[SESSION]


def key_of(container: dict[str, Any]) -> str:
    """From the engine's list of containers."""
    key: str = container["Labels"][SESSION]
    return key
