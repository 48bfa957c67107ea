"""What squid meets in its tests: names, registries and clients, on loopback addresses of the test's own."""

from __future__ import annotations

import http.client
import secrets
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

A_RECORD, POINTER, INTERNET = 1, 12, 1


def fresh_address() -> str:
    """A loopback address that no other test has."""
    return f"127.{secrets.choice(range(64, 128))}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


class Names(socketserver.UDPServer):
    """A name server on port 53 of its own address; the last answer for a name is repeated. TTL 0."""

    def __init__(self) -> None:
        super().__init__((fresh_address(), 53), _NameHandler)
        self.answers: dict[str, list[list[str]]] = {}

    @property
    def address(self) -> str:
        return str(self.server_address[0])

    def resolve(self, name: str) -> list[str]:
        answers = self.answers.get(name, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


class _NameHandler(socketserver.BaseRequestHandler):
    server: Names

    def handle(self) -> None:
        query, reply = self.request
        labels, place = [], 12
        while size := query[place]:
            labels.append(query[place + 1 : place + 1 + size].decode())
            place += 1 + size
        (kind,) = struct.unpack_from("!H", query, place + 1)
        found = self.server.resolve(".".join(labels).lower()) if kind in (A_RECORD, POINTER) else []
        header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        values = [_encode(name) if kind == POINTER else socket.inet_aton(name) for name in found]
        records = b"".join(
            struct.pack("!HHHIH", 0xC00C, kind, INTERNET, 0, len(value)) + value for value in values
        )
        reply.sendto(header + query[12 : place + 5] + records, self.client_address)


def _encode(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in [*name.split("."), ""])


class Registry:
    """Listens on port 443 of its own address, counts who comes, and sends `payload` to each."""

    def __init__(self, payload: bytes = b"") -> None:
        self.address = fresh_address()
        self.callers = 0
        self._payload = payload
        self._listener = socket.create_server((self.address, 443))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                self.callers += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(self._payload)
            while connection.recv(65536):
                pass


@contextmanager
def serving(names: Names) -> Iterator[Names]:
    """Answer in a thread while the block lasts."""
    with names:
        thread = threading.Thread(target=names.serve_forever, daemon=True)
        thread.start()
        yield names
        names.shutdown()
        thread.join()


class Answer:
    """What the proxy said to one request; where it said 200 to a CONNECT, `read` is from the tunnel."""

    def __init__(self, connection: socket.socket) -> None:
        began = time.monotonic()
        response = http.client.HTTPResponse(connection)
        response.begin()
        self.status = response.status
        self.headers = response.headers
        self.text = "" if response.status == http.HTTPStatus.OK else response.read().decode()
        self.seconds = time.monotonic() - began
        self.read = response.read


@contextmanager
def asking(port: int, target: str, *, client: str = "127.0.0.1", method: str = "CONNECT") -> Iterator[Answer]:
    """Ask the proxy for `target` from the address `client`; the connection is held for the block."""
    host = client if not client.startswith("127.") else "127.0.0.1"
    with socket.create_connection((host, port), timeout=30, source_address=(client, 0)) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        yield Answer(connection)


def ask(port: int, target: str, *, client: str = "127.0.0.1", method: str = "CONNECT") -> Answer:
    """Ask, and hang up."""
    with asking(port, target, client=client, method=method) as answer:
        return answer
