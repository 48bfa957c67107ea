"""Every promise of isolation, attacked; docs/threat-model.md is written from what is claimed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from operator_cli.waiting import wait_for
from spawner.docker_rendering import SHARES
from spawner.session_policy import SessionPolicy
from tests.claims_table import Claim, ClaimsTable
from tests.host_inventory import HostInventory
from tests.hub_visitor import REQUEST_SECONDS

from .attack import Attack, Vantage
from .battlefield import Battlefield, Outcome
from .exhaustion import EXHAUSTION, INOTIFY
from .kernel_attacks import KERNEL_ATTACKS
from .neighbour_watch import NeighbourWatch
from .network_attacks import NETWORK_ATTACKS
from .pool_attacks import POOL_ATTACKS
from .session_kind import Kind, of_both, say_of_both
from .single_attacks import (
    FALSE_ACTIVITY,
    FORGED_ENGINE,
    LEFT_BEHIND,
    OWN_LIMITS,
    SHOWN_TOKEN,
    SPREAD_MOUNT,
    STOLEN_TOKEN,
    SingleAttack,
)
from .syscall_attacks import SYSCALL_ATTACKS
from .token_attacks import TOKEN_ATTACKS, TokenAttack

pytestmark = pytest.mark.engine

TABLE = ClaimsTable("attacks", ("from", "attack"), "attacks ended as expected on both kinds of session")
AT_ONCE_SECONDS = 2.0  # the probes give up after 3
RECOVERY_SECONDS = 60
JUDGE_SECONDS = 120
TOKEN_CACHE_SECONDS = 40  # the course service asks the hub again after 30
INOTIFY_WANTED = 100
FAKE_ENGINE = (Path(__file__).parent / "fake_engine.py").read_text()
QUIET = (*KERNEL_ATTACKS, *SYSCALL_ATTACKS, *POOL_ATTACKS, *NETWORK_ATTACKS)
OWN_MOUNTS = ("cat", "/proc/self/mountinfo")
ENGINES_MOUNTS = ("sh", "-c", "cat /proc/$(pgrep -x dockerd)/mountinfo")
TRIED = [(vantage, attack) for vantage in Vantage for attack in QUIET if vantage in attack.vantages]
TAKEN = [(vantage, attack) for vantage in Vantage for attack in EXHAUSTION if vantage in attack.vantages]


def by_name(parameter: Attack | TokenAttack | Vantage) -> str:
    return parameter.value if isinstance(parameter, Vantage) else parameter.name


@pytest.fixture(scope="module")
def outcomes(battlefield: Battlefield) -> dict[Vantage, dict[Kind, dict[str, Outcome]]]:
    """What came of all that takes nothing away, tried in one go in both sessions, from each vantage."""
    return {
        vantage: battlefield.try_all(vantage, [attack for other, attack in TRIED if other is vantage])
        for vantage in Vantage
    }


@pytest.fixture(scope="module")
def tokens_of_the_ended() -> dict[Kind, str]:
    """What the attackers kept of their sessions."""
    return {}


@pytest.fixture
def single(claim: Callable[..., Claim]) -> Callable[[SingleAttack], Claim]:
    """Begins the line of an attack that has a test of its own."""
    return lambda attack: claim(TABLE, attack.vantage, attack.name, expected=attack.expected)


@pytest.mark.parametrize(("vantage", "attack"), TRIED, ids=by_name)
def test_an_attack_ends_as_the_threat_model_says(outcomes, claim, vantage: Vantage, attack: Attack):
    expected = attack.expected(vantage)
    line = claim(TABLE, vantage.value, attack.name, expected=str(expected))
    seen = note(line, {kind: outcomes[vantage][kind][attack.name] for kind in Kind})
    assert [kind for kind in Kind if seen[kind] not in expected] == []
    if attack in NETWORK_ATTACKS and "no answer" not in expected:
        assert line.seconds < AT_ONCE_SECONDS, "refused, but not at once"


@pytest.mark.parametrize("attack", TOKEN_ATTACKS, ids=by_name)
def test_a_token_opens_no_more_than_it_should(battlefield: Battlefield, claim, attack: TokenAttack):
    line = claim(TABLE, "token", attack.name, expected=attack.expected)

    def ask(kind: Kind) -> Outcome:
        attacker = battlefield.attackers[kind]
        places = {
            "me": quote(attacker.name),
            "neighbour": quote(battlefield.neighbour.name),
            "token": battlefield.token(attacker),
        }
        answer = requests.request(
            attack.method,
            battlefield.course.url + attack.path.format_map(places),
            data=attack.body,
            headers={"Authorization": f"token {attack.token.format_map(places)}"},
            timeout=REQUEST_SECONDS,
            allow_redirects=False,
        )
        return Outcome(str(answer.status_code), answer.elapsed.total_seconds())

    seen = note(line, of_both(ask))
    assert [kind for kind in Kind if int(seen[kind]) not in attack.statuses] == []


def test_the_session_has_the_limits_of_its_policy(battlefield: Battlefield, single):
    line = single(OWN_LIMITS)
    policy = SessionPolicy()

    def look(kind: Kind) -> str:
        name = battlefield.container(battlefield.attackers[kind])
        host = battlefield.engine.inspect_container(name)["HostConfig"]
        seen = {
            "memory": host["Memory"] == policy.memory_bytes,
            "swap": host["MemorySwap"] == policy.memory_bytes,
            "processors": host["NanoCpus"] == policy.cpus * 1e9,
            "shares": host["CpuShares"] == SHARES,
            "processes": host["PidsLimit"] == policy.processes,
            "log": host["LogConfig"]["Config"]["max-size"] == str(policy.log_bytes),
            "capabilities": (host["CapDrop"], sorted(host["CapAdd"])) == (["ALL"], ["SETGID", "SETUID"]),
            "read-only root": host["ReadonlyRootfs"],
            "not privileged": not host["Privileged"],
            "own namespaces": (host["PidMode"], host["CgroupnsMode"]) == ("", "private"),
        }
        return ", ".join(name for name, is_so in seen.items() if not is_so) or OWN_LIMITS.expected

    line.seen = say_of_both(of_both(look))
    assert line.seen == OWN_LIMITS.expected


def test_the_engine_shows_no_token(battlefield: Battlefield, single):
    line = single(SHOWN_TOKEN)

    def look(kind: Kind) -> str:
        attacker = battlefield.attackers[kind]
        name, token = battlefield.container(attacker), battlefield.token(attacker)
        shown = {
            "description": json.dumps(battlefield.engine.inspect_container(name)),
            "processes": json.dumps(battlefield.engine.top(name, "axeww")),  # e: with their environments
            "log": battlefield.engine.logs(name).decode(errors="replace"),
        }
        assert "prepared-server" in shown["processes"]
        return ", ".join(what for what, text in shown.items() if token in text) or SHOWN_TOKEN.expected

    line.seen = say_of_both(of_both(look))
    assert line.seen == SHOWN_TOKEN.expected


def test_what_a_session_mounts_is_seen_in_its_own_engine_alone(battlefield: Battlefield, single):
    line = single(SPREAD_MOUNT)

    def look(kind: Kind) -> str:
        attacker, mark = battlefield.attackers[kind], f"mount-of-the-{kind}"
        job = ["mount", "mount_for_all", ["/workspace", mark]]
        seen = battlefield.probe(attacker, Vantage.LEARNER, [job])["mount"].seen
        if seen != "done":
            return seen
        tables = {
            "their own engine": battlefield.run(attacker, *ENGINES_MOUNTS),
            "the session around it": battlefield.run(attacker, *OWN_MOUNTS),
            "the neighbour": battlefield.run(battlefield.neighbour, *OWN_MOUNTS),
            "the neighbour's engine": battlefield.run(battlefield.neighbour, *ENGINES_MOUNTS),
            "the machine": Path("/proc/self/mountinfo").read_text(),
        }
        assert all("/workspace" in table or who == "the machine" for who, table in tables.items())
        where = ", ".join(who for who, table in tables.items() if mark in table)
        return f"seen in {where}".replace("seen in their own engine", SPREAD_MOUNT.expected)

    line.seen = say_of_both(of_both(look))
    assert line.seen == SPREAD_MOUNT.expected


def test_a_forged_engine_convinces_no_judge(battlefield: Battlefield, single):
    line = single(FORGED_ENGINE)

    def forge(kind: Kind) -> str:
        attacker = battlefield.attackers[kind]
        attacker.session.get(f"{attacker.server_url}/containrlab/open/lab1", timeout=REQUEST_SECONDS)
        battlefield.run(attacker, "sh", "-c", 'nohup python3 -c "$0" > /tmp/fake.log 2>&1 &', FAKE_ENGINE)
        forged = ("docker", "image", "inspect", "--format", "{{.Config.User}}", "nosuch:1")
        assert wait_for(lambda: "app" in battlefield.run(attacker, *forged), RECOVERY_SECONDS), "not forged"
        result = attacker.check("lab1", JUDGE_SECONDS)
        battlefield.run(attacker, "pkill", "-f", "UnixStreamServer")
        battlefield.run(attacker, "mv", "/run/user/1000/docker.sock.real", "/run/user/1000/docker.sock")
        codes = ", ".join(sorted(failure["code"] for failure in result["failures"]))
        return f"passed, {codes}" if result["passed"] else codes

    line.seen = say_of_both(of_both(forge))
    assert line.seen == FORGED_ENGINE.expected


def test_false_activity_moves_no_deadline(battlefield: Battlefield, single):
    line = single(FALSE_ACTIVITY)

    def report(kind: Kind) -> str:
        attacker = battlefield.attackers[kind]
        before = attacker.server()["started"]
        answer = requests.post(
            f"{battlefield.course.url}/hub/api/users/{quote(attacker.name)}/activity",
            headers={"Authorization": f"token {battlefield.token(attacker)}"},
            json={"servers": {"": {"last_activity": datetime.now(UTC).isoformat()}}},
            timeout=REQUEST_SECONDS,
        )
        moved = attacker.server()["started"] != before
        return f"{answer.status_code}, its start {'is moved' if moved else 'stays'}"

    line.seen = say_of_both(of_both(report))
    assert line.seen == FALSE_ACTIVITY.expected


@pytest.mark.parametrize(("vantage", "attack"), TAKEN, ids=by_name)
def test_what_two_take_is_not_taken_from_another(
    battlefield: Battlefield, claim, vantage: Vantage, attack: Attack
):
    expected = attack.expected(vantage)
    line = claim(TABLE, vantage.value, attack.name, expected=f"{expected}; others are answered")
    with NeighbourWatch.running(battlefield.neighbour) as watch:
        outcomes = battlefield.try_all(vantage, [attack])
    seen = note(line, {kind: outcomes[kind][attack.name] for kind in Kind})
    line.seen += f"; {watch.said}"
    assert [kind for kind in Kind if seen[kind] not in expected] == []
    assert watch.failures == []

    def recover(kind: Kind) -> str:
        attacker = battlefield.attackers[kind]
        if not wait_for(attacker.is_answered, RECOVERY_SECONDS):
            return "their own server is gone"
        battlefield.run(attacker, "wait-for-engine", str(RECOVERY_SECONDS))
        return battlefield.run(attacker, "docker", "run", "--rm", "python:3.13-slim", "echo", "works")

    assert say_of_both(of_both(recover)).strip() == "works", "their own engine does not come back"


def test_what_two_take_of_inotify_is_not_taken_from_another(battlefield: Battlefield, claim):
    wanted = f"{INOTIFY_WANTED} of {INOTIFY_WANTED}"
    line = claim(TABLE, Vantage.LEARNER.value, INOTIFY.name, expected=f"the neighbour gets {wanted}")
    with battlefield.going_on(Vantage.LEARNER, INOTIFY):
        job = ["need", "need_inotify", [INOTIFY_WANTED]]
        seen = battlefield.probe(battlefield.neighbour, Vantage.LEARNER, [job])["need"].seen
    line.seen = f"the neighbour gets {seen}"
    assert seen == wanted


def test_an_ended_session_leaves_nothing(battlefield: Battlefield, single, tokens_of_the_ended):
    line = single(LEFT_BEHIND)
    inventory = HostInventory(battlefield.engine, battlefield.course.settings)

    def end(kind: Kind) -> str:
        attacker = battlefield.attackers[kind]
        tokens_of_the_ended[kind] = battlefield.token(attacker)
        name, key = battlefield.container(attacker), battlefield.key(attacker)
        container = inventory.container_id(name)
        attacker.stop_server()
        left = (*inventory.left_of(name, container), *inventory.left_of(key, container))
        return ", ".join(left) or LEFT_BEHIND.expected

    line.seen = say_of_both(of_both(end))
    assert line.seen == LEFT_BEHIND.expected


def test_an_ended_sessions_token_opens_nothing(battlefield: Battlefield, single, tokens_of_the_ended):
    line = single(STOLEN_TOKEN)
    address = f"{battlefield.course.url}/services/course/api/me"

    def ask(kind: Kind) -> str:
        headers = {"Authorization": f"token {tokens_of_the_ended[kind]}"}
        return str(requests.get(address, headers=headers, timeout=REQUEST_SECONDS).status_code)

    def ask_until_refused(kind: Kind) -> str:
        wait_for(lambda: ask(kind) == "403", TOKEN_CACHE_SECONDS, poll_seconds=1)
        return ask(kind)

    line.seen = say_of_both(of_both(ask_until_refused))
    assert line.seen == STOLEN_TOKEN.expected


def note(line: Claim, outcomes: dict[Kind, Outcome]) -> dict[Kind, str]:
    """Fill in what came of an attack on both kinds of session; what was seen of each."""
    seen = {kind: outcome.seen for kind, outcome in outcomes.items()}
    line.seen = say_of_both(seen)
    line.seconds = max(outcome.seconds for outcome in outcomes.values())
    return seen
