"""A running course with two learners' sessions, one of which attacks; and hands in that one."""

from __future__ import annotations

import json
import shlex
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import docker
from docker.errors import APIError

from operator_cli.waiting import wait_for
from spawner.docker_rendering import LEARNER_UID, RUNTIME_DIR
from spawner.labels import session_name
from tests.hub_visitor import HubVisitor
from tests.running_course import Course

from .attack import Attack, Vantage
from .exhaustion import ENDED
from .probes_program import render_program
from .syscall_attacks import TABLES, call_numbers, denied_calls
from .terminal import type_in_terminal

ATTACKER, NEIGHBOUR = "mallory", "o'brien"
OUTSIDE, OUTSIDE_V6 = "192.0.2.1", "2001:db8::1"  # of the blocks for documentation: RFC 5737, RFC 3849
ATTACK_SECONDS = 90
HOST_PROCESS = "a-process-of-the-host"
PROBES = render_program()
ALL_THAT_CAN_BE_GIVEN = (
    *("docker", "run", "--rm", "--user", "root", "--cap-add", "ALL", "--network", "host"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined"),
    *("--volume", "/:/host", "--entrypoint", "python3", "python:3.13-slim"),
)
"""As far as a rootless engine goes: it refuses --privileged, --pid host and --ipc host."""


_FIND_STORE_FILE = "find /images -path '*blobs/sha256/*' -type f 2> /dev/null | head -n 1"


@dataclass(frozen=True)
class Outcome:
    """What came of an attack, in the probe's words."""

    seen: str
    seconds: float


@dataclass
class Battlefield:
    """A course under attack."""

    course: Course
    engine: docker.APIClient
    listener_port: int
    attacker: HubVisitor = field(init=False)
    neighbour: HubVisitor = field(init=False)

    def __post_init__(self) -> None:
        self.attacker = HubVisitor(self.course.url, ATTACKER)
        self.neighbour = HubVisitor(self.course.url, NEIGHBOUR)

    def start_sessions(self) -> None:
        """Sign both in, and start their sessions."""
        for visitor in (self.attacker, self.neighbour):
            visitor.sign_in(self.course.password)
            visitor.start_server()
        self.run(self.attacker, "wait-for-engine", "30")

    def try_all(self, vantage: Vantage, attacks: Iterable[Attack]) -> dict[str, Outcome]:
        """Try each from the attacker's session; what came of them, by name."""
        jobs = [[attack.name, attack.probe, attack.arguments_on(self.places)] for attack in attacks]
        if vantage is Vantage.CONTAINER:
            jobs.insert(0, ["restore the route", "restore_route", []])
        return self.probe(self.attacker, vantage, jobs)

    def probe(self, who: HubVisitor, vantage: Vantage, jobs: Sequence[Sequence[Any]]) -> dict[str, Outcome]:
        """Run probes in somebody's session: lists of a name, a function of `probes/`, and arguments."""
        python = ("python3",) if vantage is Vantage.LEARNER else ALL_THAT_CAN_BE_GIVEN
        printed = self._run_in_terminal(who, shlex.join([*python, "-c", PROBES, json.dumps(jobs)]))
        lines = [json.loads(line) for line in printed.splitlines() if line.startswith('["')]
        outcomes = {name: Outcome(seen, seconds) for name, seen, seconds in lines}
        return {name: outcomes.get(name, Outcome(ENDED, 0.0)) for name, _, _ in jobs}

    def _run_in_terminal(self, who: HubVisitor, command: str) -> str:
        """What a command prints that is run in a terminal: it is as likely to be ended as a learner's."""
        folder = f"{RUNTIME_DIR}/attack"
        self.run(
            who, "sh", "-c", 'rm -rf "$0" && mkdir "$0" && printf %s "$1" > "$0/command"', folder, command
        )
        named = f"echo $$ > {folder}/process; exec bash {folder}/command"
        line = f"bash -c '{named}' > {folder}/printed 2>&1; touch {folder}/ended; exit"
        type_in_terminal(who.server_url, self.token(who), line)
        is_ended = f'process=$(cat {folder}/process) && ! kill -0 "$process" 2> /dev/null'
        is_over = f"test -e {folder}/ended || {{ {is_ended}; }}; echo over=$?"
        wait_for(lambda: "over=0" in self.run(who, "sh", "-c", is_over), ATTACK_SECONDS, poll_seconds=0.2)
        return self.run(who, "cat", f"{folder}/printed")

    def token(self, who: HubVisitor) -> str:
        """The token that the hub gave to somebody's server."""
        return self.run(who, "printenv", "JUPYTERHUB_API_TOKEN").strip()

    def run(self, who: HubVisitor, *command: str) -> str:
        """What a command prints in somebody's session, run as its user; it may fail, or not be started."""
        try:
            name = self.container(who)
            call = self.engine.exec_create(name, list(command), user=str(LEARNER_UID))
            output: bytes = self.engine.exec_start(call["Id"])
        except APIError as error:  # no process can be started any more
            return str(error)
        return output.decode(errors="replace")

    def container(self, who: HubVisitor) -> str:
        """The name of somebody's session's container, network and disks."""
        return session_name(self.course.settings.instance, who.name)

    @contextmanager
    def going_on(self, vantage: Vantage, attack: Attack) -> Iterator[None]:
        """Has the attack go on while the block runs."""
        with ThreadPoolExecutor(1) as executor:
            tried = executor.submit(self.try_all, vantage, [attack])
            mark = f"pgrep -f [{attack.probe[0]}]{attack.probe[1:]} > /dev/null; echo runs=$?"
            wait_for(lambda: "runs=0" in self.run(self.attacker, "sh", "-c", mark), ATTACK_SECONDS)
            yield
            tried.result()

    def network(self, who: HubVisitor) -> tuple[str, str]:
        """Somebody's session's address and its gateway's."""
        inspected = self.engine.inspect_container(self.container(who))
        (network,) = inspected["NetworkSettings"]["Networks"].values()
        (config,) = self.engine.inspect_network(network["NetworkID"])["IPAM"]["Config"]
        return network["IPAddress"], config["Gateway"]

    @cached_property
    def places(self) -> dict[str, Any]:
        """What attacks' arguments may name."""
        settings = self.course.settings
        address, neighbour_gateway = self.network(self.neighbour)
        bridge = self.engine.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
        return {
            "gateway": self.network(self.attacker)[1],
            "neighbour": address,
            "neighbour_gateway": neighbour_gateway,
            "neighbour_name": self.container(self.neighbour),
            "docker_bridge": bridge,
            "machine": _own_address(socket.AF_INET, OUTSIDE, bridge),
            "machine_v6": _own_address(socket.AF_INET6, OUTSIDE_V6, OUTSIDE_V6),
            "outside": OUTSIDE,
            "hub_port": settings.port,
            "hub_own_port": settings.hub_port,
            "proxy_api_port": settings.proxy_api_port,
            "course_port": settings.course_port,
            "egress_port": settings.egress_port,
            "listener_port": self.listener_port,
            "host_process": HOST_PROCESS,
            "store_file": self.run(self.attacker, "sh", "-c", _FIND_STORE_FILE).strip(),
            "denied_calls": denied_calls(),
            **{f"calls_{table}": call_numbers(table) for table in TABLES},
        }


@contextmanager
def listening() -> Iterator[int]:
    """Another service of this machine, on all its addresses; its port."""

    def answer(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # closed
            with connection:
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nreached")

    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _own_address(family: socket.AddressFamily, towards: str, otherwise: str) -> str:
    """This machine's address on its way `towards` somewhere; nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        try:
            client.connect((towards, 9))
        except OSError:
            return otherwise
        return str(client.getsockname()[0])
