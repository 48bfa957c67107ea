"""The network."""

import fcntl
import http.client
import socket
import struct
import urllib.parse

from probes.words import ANSWER_SECONDS


def restore_route() -> str:
    """Give the inner engine's network the way out that our entry point took away: its owner can."""
    gateway = b"\x0a\x00\x02\x02"  # slirp4netns' own
    none = struct.pack("<HH4s8x", socket.AF_INET, 0, b"\0" * 4)
    by = struct.pack("<HH4s8x", socket.AF_INET, 0, gateway)
    route = struct.pack("<Q16s16s16sHh4xQQh6xQQQH6x", 0, none, by, none, 3, 0, 0, 0, 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x890B, route)  # SIOCADDRT
    return "done"


def connect(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((host, port))
        # Behind slirp4netns a connection stands before the other side has been asked.
        try:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return "answered" if client.recv(1) else "closed at once"
        except TimeoutError:
            return "connected"


def send_datagram(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((host, port))
        client.send(b"\0" * 12)
        client.recv(512)
    return "answered"


def multicast_v6(port: int) -> str:
    """Ask every IPv6 neighbour on the link, by all interfaces."""
    seen = set()
    for index, name in socket.if_nameindex():
        if name == "lo":
            continue
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            try:
                client.sendto(b"?", ("ff02::1", port, 0, index))
                client.recvfrom(64)
                seen.add(name)
            except OSError:
                continue
    return "answered" if seen else "nobody answered"


def borrow_address(address: str, host: str, port: int) -> str:
    """Speak with another session's address as one's own."""
    with socket.socket() as client:
        client.settimeout(ANSWER_SECONDS)
        client.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND
        client.bind((address, 0))
        client.connect((host, port))
    return "answered"


def resolve(name: str) -> str:
    try:
        socket.getaddrinfo(name, 80)
    except socket.gaierror:
        return "no such name"
    return "resolved"


def ask_resolver(resolver: str, name: str) -> str:
    """Ask a resolver of one's own choice for a name's address."""
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((resolver, 53))
        client.send(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question)
        answer = client.recv(512)
    return "answered" if struct.unpack(">H", answer[6:8])[0] else "no such name"


def ask_through(proxy: str, target: str) -> str:
    """Ask the egress proxy for a tunnel to `target` (host:port), or for a page where it is an address."""
    host, port = proxy.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=ANSWER_SECONDS)
    try:
        if target.startswith("http:"):
            connection.request("GET", target, headers={"Host": urllib.parse.urlsplit(target).netloc})
        else:
            connection.request("CONNECT", target, headers={"Host": target})
        return str(connection.getresponse().status)
    finally:
        connection.close()
