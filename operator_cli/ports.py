"""Whether a port of ours is free, and whether something answers on it."""

from __future__ import annotations

import socket

from hub_config.settings import Settings

from .errors import PortInUse

_ANSWER_SECONDS = 1.0


def require_free_ports(settings: Settings) -> None:
    """Raises `PortInUse` for the first of the hub's ports that another program has."""
    for port, address, purpose, setting in (
        (settings.port, "", "the hub's public port", "CONTAINRLAB_PORT"),
        (settings.hub_port, "127.0.0.1", "the hub", "CONTAINRLAB_HUB_PORT"),
        (settings.proxy_api_port, "127.0.0.1", "the proxy's control port", "CONTAINRLAB_PROXY_API_PORT"),
        (settings.course_port, "127.0.0.1", "the course service", "CONTAINRLAB_COURSE_PORT"),
    ):
        if not is_free(port, address):
            raise PortInUse(port, purpose, setting)


def is_free(port: int, address: str = "") -> bool:
    """True where a program could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """True where something on this machine accepts a connection to `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS).close()
    except OSError:
        return False
    return True
