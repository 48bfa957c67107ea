"""Print every container, network and volume of the Docker engine that a test run could leave behind.

Left out is what carries the label of an instance that is not a test's: a course may run beside the tests.
"""

from __future__ import annotations

from typing import Any

from spawner.docker_engine import connect_engine
from spawner.labels import INSTANCE


def main() -> None:
    """One line each, sorted."""
    engine = connect_engine()
    found = [("container", item["Names"][0], item) for item in engine.containers(all=True)]
    found += [("network", item["Name"], item) for item in engine.networks()]
    found += [("volume", item["Name"], item) for item in engine.volumes()["Volumes"] or ()]
    for line in sorted(f"{kind} {name}" for kind, name, item in found if _may_be_a_tests(item)):
        print(line)


def _may_be_a_tests(item: dict[str, Any]) -> bool:
    instance = (item.get("Labels") or {}).get(INSTANCE, "")
    return not instance or instance.startswith("containrlab-test")


if __name__ == "__main__":
    main()
