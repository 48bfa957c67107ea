"""Run inside a container by `Bridges`: tries targets, or opens many connections, and prints JSON."""

from __future__ import annotations

import json
import random
import socket
import struct
import sys
import time

LIMIT_SECONDS = 1.5
ECHO_REPLY, ECHO_REQUEST, UNREACHABLE = 0, 8, 3


def main() -> None:
    function, arguments = (
        {
            "probe": lambda *targets: [_timed(*target) for target in targets],
            "hold": _hold,
            "burst": _burst,
            "send_udp": _send_udp,
        }[sys.argv[1]],
        json.loads(sys.argv[2]),
    )
    print(json.dumps(function(*arguments)))


def _timed(kind: str, address: str, port: int) -> tuple[str, float]:
    started = time.monotonic()
    try:
        {"tcp": _tcp, "udp": _udp, "ping": _ping}[kind](address, port)
        outcome = "reached"
    except TimeoutError:
        outcome = "silent"
    except OSError:
        outcome = "refused"
    return outcome, time.monotonic() - started


def _tcp(address: str, port: int) -> None:
    socket.create_connection((address, port), timeout=LIMIT_SECONDS).close()


def _udp(address: str, port: int) -> None:
    (family, kind, protocol, _, target), *_ = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)
    with socket.socket(family, kind, protocol) as client:
        client.settimeout(LIMIT_SECONDS)
        client.connect(target)
        client.send(b"?")
        client.recv(1024)


def _ping(address: str, _port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as client:
        # An identifier of its own each time: the host takes what it knows for an established exchange.
        client.sendto(_echo_request(random.randrange(1 << 16)), (address, 0))
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            client.settimeout(max(0.01, deadline - time.monotonic()))
            packet, _ = client.recvfrom(1024)
            kind = packet[(packet[0] & 15) * 4]
            if kind == ECHO_REPLY:
                return
            if kind == UNREACHABLE:
                raise ConnectionRefusedError


def _echo_request(identifier: int) -> bytes:
    total = (ECHO_REQUEST << 8) + identifier
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, checksum, identifier, 0)


def _hold(address: str, port: int, count: int) -> int:
    held = []
    for _ in range(count):
        try:
            held.append(socket.create_connection((address, port), timeout=LIMIT_SECONDS))
        except ConnectionRefusedError:
            continue
    return len(held)


def _burst(address: str, port: int, count: int) -> int:
    reached = 0
    for _ in range(count):
        try:
            with socket.create_connection((address, port), timeout=LIMIT_SECONDS) as client:
                # Closed by a reset, so that it is not counted among the open ones.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                reached += 1
        except ConnectionRefusedError:
            continue
    return reached


def _send_udp(source: str, target: str) -> None:
    payload = struct.pack("!HHHH", 4321, 9, 8, 0)  # UDP's header; no checksum
    header = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45, 0, 20 + len(payload), 1, 0, 64, socket.IPPROTO_UDP, 0),
        *(socket.inet_aton(source), socket.inet_aton(target)),
    )
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        sender.sendto(header + payload, (target, 0))


if __name__ == "__main__":
    main()
