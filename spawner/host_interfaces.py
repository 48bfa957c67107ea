"""The host's side of session networks, where the engine runs on this very machine."""

from __future__ import annotations

import contextlib
from pathlib import Path

INTERFACES = Path("/sys/class/net")
IPV6_SETTINGS = Path("/proc/sys/net/ipv6/conf")


def disable_ipv6(bridge: str) -> None:
    """Keep IPv6 off a session's bridge and off what is plugged into it, as far as that is ours to set.

    Nothing of ours speaks IPv6, and link-local addresses are a way around rules written for IPv4. Also, the
    kernel assigns them seconds after the start, and a browser on this machine then drops the requests that it
    has under way (Chromium's ERR_NETWORK_CHANGED): just when a learner's page loads.
    """
    for name in (bridge, *_ports(bridge)):
        # Not root, an engine on another machine, or a kernel without IPv6: the firewall still refuses it.
        with contextlib.suppress(OSError):
            (IPV6_SETTINGS / name / "disable_ipv6").write_text("1")


def _ports(bridge: str) -> list[str]:
    ports = INTERFACES / bridge / "brif"
    return [port.name for port in ports.iterdir()] if ports.is_dir() else []
