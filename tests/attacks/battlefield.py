"""A course with three learners' sessions, two of which attack, one of each kind; and hands in those."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import docker
from docker.errors import APIError

from operator_cli.waiting import wait_for
from spawner.docker_rendering import LEARNER_UID, RUNTIME_DIR
from spawner.labels import session_name
from tests.hub_visitor import HubVisitor
from tests.running_course import Course
from tests.waiting_sessions import WaitingSessions

from .attack import Attack, Vantage
from .exhaustion import ENDED
from .probes_program import render_program
from .session_kind import Kind, find_kind, of_both
from .syscall_attacks import TABLES, call_numbers, denied_calls
from .terminal import type_in_terminal

ATTACKERS, NEIGHBOUR = ("mallory", "mallet"), "o'brien"
PLACES = len(ATTACKERS) + 1
OUTSIDE, OUTSIDE_V6 = "192.0.2.1", "2001:db8::1"  # of the blocks for documentation: RFC 5737, RFC 3849
ATTACK_SECONDS = 150
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
    attackers: dict[Kind, HubVisitor] = field(init=False, default_factory=dict)
    neighbour: HubVisitor = field(init=False)
    _tokens: dict[str, str] = field(init=False, default_factory=dict)
    _places: dict[Kind, dict[str, Any]] = field(init=False, default_factory=dict)

    def start_sessions(self) -> None:
        """Sign all in, and start their sessions: the attackers' at once, while one waits in the pool.

        Raises `AssertionError` where they are not one of each kind.
        """
        self.neighbour = HubVisitor(self.course.url, NEIGHBOUR)
        attackers = [HubVisitor(self.course.url, name) for name in ATTACKERS]
        for visitor in (*attackers, self.neighbour):
            visitor.sign_in(self.course.password)
        waited = self._sessions.wait_for_one()
        with ThreadPoolExecutor(len(attackers)) as executor:
            list(executor.map(HubVisitor.start_server, attackers))
        self.attackers = {find_kind(self.engine, self.container(who), waited): who for who in attackers}
        assert set(self.attackers) == set(Kind), f"both attackers' sessions are {set(self.attackers)}"
        self.neighbour.start_server()
        for visitor in attackers:
            self.run(visitor, "wait-for-engine", "30")
        self._places = {kind: self._find_places(who) for kind, who in self.attackers.items()}

    def try_all(self, vantage: Vantage, attacks: Iterable[Attack]) -> dict[Kind, dict[str, Outcome]]:
        """Try each from both attackers' sessions at once; what came of them, by name."""
        tried = list(attacks)

        def try_from(kind: Kind) -> dict[str, Outcome]:
            places = self._places[kind]
            jobs = [[attack.name, attack.probe, attack.arguments_on(places)] for attack in tried]
            if vantage is Vantage.CONTAINER:
                jobs.insert(0, ["restore the route", "restore_route", []])
            return self.probe(self.attackers[kind], vantage, jobs)

        return of_both(try_from)

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
        type_in_terminal(who, line)
        is_ended = f'process=$(cat {folder}/process) && ! kill -0 "$process" 2> /dev/null'
        is_over = f"test -e {folder}/ended || {{ {is_ended}; }}; echo over=$?"
        wait_for(lambda: "over=0" in self.run(who, "sh", "-c", is_over), ATTACK_SECONDS, poll_seconds=0.2)
        return self.run(who, "cat", f"{folder}/printed")

    def token(self, who: HubVisitor) -> str:
        """The token that the hub gave to somebody's server, as their terminal has it."""
        if who.name not in self._tokens:
            self._tokens[who.name] = self._run_in_terminal(who, "printenv JUPYTERHUB_API_TOKEN").strip()
        return self._tokens[who.name]

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
        """The name of somebody's session's container."""
        return session_name(self.course.settings.instance, who.name)

    def key(self, who: HubVisitor) -> str:
        """What somebody's session's network and disks have in their names."""
        return self._sessions.key_of(self.container(who))

    @contextmanager
    def going_on(self, vantage: Vantage, attack: Attack) -> Iterator[None]:
        """Has the attack go on in both attackers' sessions while the block runs."""
        with ThreadPoolExecutor(1) as executor:
            tried = executor.submit(self.try_all, vantage, [attack])
            mark = f"pgrep -f [{attack.probe[0]}]{attack.probe[1:]} > /dev/null; echo runs=$?"

            def runs_in_both() -> bool:
                return all("runs=0" in self.run(who, "sh", "-c", mark) for who in self.attackers.values())

            wait_for(runs_in_both, ATTACK_SECONDS)
            yield
            tried.result()

    def network(self, who: HubVisitor) -> tuple[str, str]:
        """Somebody's session's address and its gateway's."""
        inspected = self.engine.inspect_container(self.container(who))
        (network,) = inspected["NetworkSettings"]["Networks"].values()
        (config,) = self.engine.inspect_network(network["NetworkID"])["IPAM"]["Config"]
        return network["IPAddress"], config["Gateway"]

    @property
    def _sessions(self) -> WaitingSessions:
        return WaitingSessions(self.engine, self.course.settings.instance)

    def _find_places(self, attacker: HubVisitor) -> dict[str, Any]:
        """What attacks' arguments may name."""
        settings = self.course.settings
        address, neighbour_gateway = self.network(self.neighbour)
        bridge = self.engine.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
        return {
            "gateway": self.network(attacker)[1],
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
            "store_file": self.run(attacker, "sh", "-c", _FIND_STORE_FILE).strip(),
            "own_token_backwards": self.token(attacker)[::-1],  # else it would be in the probe's arguments
            "neighbours_token_backwards": self.token(self.neighbour)[::-1],
            "denied_calls": denied_calls(),
            **{f"calls_{table}": call_numbers(table) for table in TABLES},
        }


@contextmanager
def host_process() -> Iterator[None]:
    """A process of this machine."""
    with subprocess.Popen([HOST_PROCESS, "600"], executable="/bin/sleep") as process:
        try:
            yield
        finally:
            process.kill()


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
