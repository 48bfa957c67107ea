"""Containers on bridges like a course's, and what each of them reaches.

Probes run in the container, by one Python script: its answers come with the time that each took. The
containers have what no session has (root with NET_RAW, IPv6): the firewall is to hold by itself.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from hub_config.settings import Settings
from spawner.labels import Role, make_labels, make_name
from spawner.session_network import create_session_network, remove_session_network
from spawner.session_policy import Egress

REACHED, REFUSED, SILENT = "reached", "refused", "silent"
IMAGE = "containrlab-session:latest"
PROBES = Path(__file__).with_name("probes_in_container.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Probe:
    """What to try: ``tcp``, ``udp`` or ``ping``; the port means nothing to a ping."""

    kind: str
    address: str
    port: int = 0


@dataclass(frozen=True)
class Seen:
    """What came of a probe, and after how many seconds."""

    outcome: str
    seconds: float


class Bridges:
    """Starts containers, each alone on a bridge, and probes from them."""

    def __init__(self, engine: docker.APIClient, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self._engine = engine
        self._stack = stack

    def start(self, owner: str, role: Role, egress: Egress, prefix: str | None = None) -> str:
        """A container on a bridge of this kind, of our course or of another; its name."""
        instance = self.settings.instance
        name, labels = make_name(instance, role, owner), make_labels(instance, role, owner)
        network = create_session_network(
            self._engine,
            name=name,
            bridge_prefix=prefix or self.settings.bridge_prefix,
            egress=egress,
            block=self.settings.session_networks,
            labels=labels,
        )
        self._stack.callback(remove_session_network, self._engine, name, instance=instance)
        self._run(name, labels, {"NetworkMode": name, "Sysctls": {"net.ipv6.conf.all.disable_ipv6": "0"}})
        # Ours have no IPv6; the firewall is to hold where another tool has turned it on again.
        Path(f"/proc/sys/net/ipv6/conf/{network.bridge}/disable_ipv6").write_text("0")
        return name

    def start_on_docker0(self) -> str:
        """A container of somebody else's, on Docker's own bridge; its name."""
        instance = self.settings.instance
        name = make_name(instance, Role.SANDBOX, "docker0")
        self._run(name, make_labels(instance, Role.SANDBOX, "docker0"), {"NetworkMode": "bridge"})
        return name

    def gateway(self, name: str) -> str:
        """The host's address on the container's bridge."""
        return self._endpoint(name)["Gateway"]

    def address(self, name: str) -> str:
        """The container's own address."""
        return self._endpoint(name)["IPAddress"]

    def bridge(self, name: str) -> str:
        """The interface of the container's network."""
        return self._engine.inspect_network(name)["Options"]["com.docker.network.bridge.name"]

    def link_local(self, name: str) -> str:
        """The host's IPv6 address on the container's bridge, as the container writes it."""
        with open("/proc/net/if_inet6", encoding="ascii") as interfaces:
            found = [line.split()[0] for line in interfaces if line.split()[-1] == self.bridge(name)]
        digits = found[0] if found else f"fe80{'0' * 28}"  # not given yet
        return ":".join(digits[start : start + 4] for start in range(0, 32, 4)) + "%eth0"

    def probe(self, name: str, *probes: Probe) -> list[Seen]:
        """What comes of each, tried from the container one after the other."""
        answers = self._ask(name, "probe", [[one.kind, one.address, one.port] for one in probes])
        return [Seen(outcome, seconds) for outcome, seconds in answers]

    def reaches(self, name: str, address: str, port: int) -> str:
        """What comes of a TCP connection from the container."""
        return self.probe(name, Probe("tcp", address, port))[0].outcome

    def count_held(self, name: str, port: int, count: int) -> int:
        """How many of `count` connections to the gateway are accepted, all held open at once."""
        return self._ask(name, "hold", [self.gateway(name), port, count])

    def count_reached_in_a_burst(self, name: str, port: int, count: int) -> int:
        """How many of `count` connections to the gateway are accepted, each closed before the next."""
        return self._ask(name, "burst", [self.gateway(name), port, count])

    def send_udp(self, name: str, source: str, target: str) -> None:
        """Send one packet to port 9 from the container, with whatever source address."""
        self._ask(name, "send_udp", [source, target])

    def _ask(self, name: str, function: str, arguments: list[Any]) -> Any:
        command = ["python3", "-c", PROBES, function, json.dumps(arguments)]
        call = self._engine.exec_create(name, command, user="root")
        output = self._engine.exec_start(call["Id"]).decode()
        assert self._engine.exec_inspect(call["Id"])["ExitCode"] == 0, output
        return json.loads(output)

    def _endpoint(self, name: str) -> dict[str, str]:
        networks = self._engine.inspect_container(name)["NetworkSettings"]["Networks"]
        return next(iter(networks.values()))

    def _run(self, name: str, labels: dict[str, str], host_config: dict[str, Any]) -> None:
        config = {
            "Image": IMAGE,
            "Entrypoint": ["sleep", "infinity"],
            "User": "root",
            "Labels": labels,
            "StopSignal": "KILL",
            "HostConfig": {**host_config, "CapAdd": ["NET_RAW"]},
        }
        self._engine.create_container_from_config(config, name)
        self._stack.callback(self._engine.remove_container, name, v=True, force=True)
        self._engine.start(name)


@contextmanager
def listening(port: int) -> Iterator[int]:
    """A server on all of the host's addresses, IPv6 too; it keeps connections until their other end goes."""
    with _Server(("", port), _Keeper) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class _Keeper(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while self.request.recv(1024):
                pass
        except ConnectionError:
            pass


class _Server(socketserver.ThreadingTCPServer):
    address_family = socketserver.socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def server_bind(self) -> None:
        self.socket.setsockopt(socketserver.socket.IPPROTO_IPV6, socketserver.socket.IPV6_V6ONLY, 0)
        super().server_bind()
