"""Where the programs in a container listen, read from the kernel's own table (/proc/PID/net/tcp)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

_LISTEN = "0A"
_ENGINE_RESOLVER = "127.0.0.11"


@dataclass(frozen=True, order=True)
class ListeningSocket:
    """An address and a port that something listens on."""

    port: int
    address: str

    @property
    def is_loopback(self) -> bool:
        """True where only the container itself can connect."""
        return ipaddress.ip_address(self.address).is_loopback


def parse_listening_sockets(lines: Iterable[str]) -> list[ListeningSocket]:
    """The listening rows of /proc/PID/net/tcp and tcp6; other rows and what does not parse are left out."""
    found = set()
    for line in lines:
        columns = line.split()
        if len(columns) < 4 or columns[3] != _LISTEN:
            continue
        address, _, port = columns[1].partition(":")
        try:
            socket = ListeningSocket(int(port, 16), _parse_address(address))
        except ValueError:
            continue
        if socket.address != _ENGINE_RESOLVER:
            found.add(socket)
    return sorted(found)


def _parse_address(hexadecimal: str) -> str:
    # The kernel prints each 32-bit word of the address in the machine's (little-endian) order.
    data = bytes.fromhex(hexadecimal)
    words = [data[start : start + 4][::-1] for start in range(0, len(data), 4)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
