"""Whether a port of ours is free, and whether something answers on it."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from itertools import islice

from hub_config.settings import Settings

from .errors import PortInUse

_ANSWER_SECONDS = 1.0
_HTTP_SECONDS = 5.0
_FIRST_FREE = 22_000  # the kernel takes ports of connections from 32768 on


@dataclass(frozen=True)
class CoursePort:
    """A port that a course listens on, for what, and the setting that moves it; no address means all."""

    number: int
    address: str
    purpose: str
    setting: str


def course_ports(settings: Settings) -> tuple[CoursePort, ...]:
    """All ports of a course: the hub's, and the egress proxy's as the last."""
    loopback = "127.0.0.1"
    return (
        CoursePort(settings.port, "", "the hub's public port", "CONTAINRLAB_PORT"),
        CoursePort(settings.hub_port, loopback, "the hub", "CONTAINRLAB_HUB_PORT"),
        CoursePort(
            settings.proxy_api_port, loopback, "the proxy's control port", "CONTAINRLAB_PROXY_API_PORT"
        ),
        CoursePort(settings.course_port, loopback, "the course service", "CONTAINRLAB_COURSE_PORT"),
        CoursePort(settings.egress_port, "", "the egress proxy", "CONTAINRLAB_EGRESS_PORT"),
    )


def require_free_ports(settings: Settings) -> None:
    """Raises `PortInUse` for the first of the hub's ports that another program has."""
    *of_the_hub, _egress_proxys = course_ports(settings)
    for port in of_the_hub:
        if not is_free(port.number, port.address):
            raise PortInUse(port.number, port.purpose, port.setting)


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


def answers_http(port: int, path: str, host: str = "") -> bool:
    """True where a GET of `path` on this machine, for the site `host`, is answered by 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_HTTP_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


_given = iter(range(_FIRST_FREE, 32_000))


def find_free_ports(count: int) -> list[int]:
    """So many ports on which nothing listens; no other call of this process is given them."""
    return list(islice(filter(is_free, _given), count))
