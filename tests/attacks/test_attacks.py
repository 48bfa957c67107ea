"""Every promise of isolation, attacked; docs/threat-model.md is written from what is claimed here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from operator_cli.waiting import wait_for
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
from .single_attacks import FALSE_ACTIVITY, FORGED_ENGINE, LEFT_BEHIND, OWN_LIMITS, STOLEN_TOKEN, SingleAttack
from .syscall_attacks import SYSCALL_ATTACKS
from .token_attacks import TOKEN_ATTACKS, TokenAttack

pytestmark = pytest.mark.engine

TABLE = ClaimsTable("attacks", ("from", "attack"), "attacks ended as expected")
AT_ONCE_SECONDS = 2.0  # the probes give up after 3
RECOVERY_SECONDS = 60
JUDGE_SECONDS = 120
TOKEN_CACHE_SECONDS = 40  # the course service asks the hub again after 30
INOTIFY_WANTED = 100
FAKE_ENGINE = (Path(__file__).parent / "fake_engine.py").read_text()
QUIET = (*KERNEL_ATTACKS, *SYSCALL_ATTACKS, *NETWORK_ATTACKS)
TRIED = [(vantage, attack) for vantage in Vantage for attack in QUIET if vantage in attack.vantages]
TAKEN = [(vantage, attack) for vantage in Vantage for attack in EXHAUSTION if vantage in attack.vantages]


def by_name(parameter: Attack | TokenAttack | Vantage) -> str:
    return parameter.value if isinstance(parameter, Vantage) else parameter.name


@pytest.fixture(scope="module")
def outcomes(battlefield: Battlefield) -> dict[Vantage, dict[str, Outcome]]:
    """What came of all that takes nothing away, tried in one go from each vantage."""
    return {
        vantage: battlefield.try_all(vantage, [attack for other, attack in TRIED if other is vantage])
        for vantage in Vantage
    }


@pytest.fixture(scope="module")
def token_of_the_ended() -> list[str]:
    """What the attacker kept of its session."""
    return []


@pytest.fixture
def single(claim: Callable[..., Claim]) -> Callable[[SingleAttack], Claim]:
    """Begins the line of an attack that has a test of its own."""
    return lambda attack: claim(TABLE, attack.vantage, attack.name, expected=attack.expected)


@pytest.mark.parametrize(("vantage", "attack"), TRIED, ids=by_name)
def test_an_attack_ends_as_the_threat_model_says(outcomes, claim, vantage: Vantage, attack: Attack):
    expected = attack.expected(vantage)
    line = claim(TABLE, vantage.value, attack.name, expected=str(expected))
    outcome = outcomes[vantage][attack.name]
    line.seen, line.seconds = outcome.seen, outcome.seconds
    assert outcome.seen in expected
    if attack in NETWORK_ATTACKS and "no answer" not in expected:
        assert outcome.seconds < AT_ONCE_SECONDS, "refused, but not at once"


@pytest.mark.parametrize("attack", TOKEN_ATTACKS, ids=by_name)
def test_a_token_opens_no_more_than_it_should(battlefield: Battlefield, claim, attack: TokenAttack):
    line = claim(TABLE, "token", attack.name, expected=attack.expected)
    places = {
        "me": quote(battlefield.attacker.name),
        "neighbour": quote(battlefield.neighbour.name),
        "token": battlefield.token(battlefield.attacker),
    }
    answer = requests.request(
        attack.method,
        battlefield.course.url + attack.path.format_map(places),
        data=attack.body,
        headers={"Authorization": f"token {attack.token.format_map(places)}"},
        timeout=REQUEST_SECONDS,
        allow_redirects=False,
    )
    line.seen, line.seconds = str(answer.status_code), answer.elapsed.total_seconds()
    assert answer.status_code in attack.statuses, answer.text


def test_the_session_has_the_limits_of_its_policy(battlefield: Battlefield, single):
    line = single(OWN_LIMITS)
    host = battlefield.engine.inspect_container(battlefield.container(battlefield.attacker))["HostConfig"]
    policy = SessionPolicy()
    seen = {
        "memory": host["Memory"] == policy.memory_bytes,
        "swap": host["MemorySwap"] == policy.memory_bytes,
        "processors": host["NanoCpus"] == policy.cpus * 1e9,
        "processes": host["PidsLimit"] == policy.processes,
        "log": host["LogConfig"]["Config"]["max-size"] == str(policy.log_bytes),
        "capabilities": (host["CapDrop"], sorted(host["CapAdd"])) == (["ALL"], ["SETGID", "SETUID"]),
        "read-only root": host["ReadonlyRootfs"],
        "not privileged": not host["Privileged"],
        "own namespaces": (host["PidMode"], host["CgroupnsMode"]) == ("", "private"),
    }
    line.seen = ", ".join(name for name, is_so in seen.items() if not is_so) or OWN_LIMITS.expected
    assert line.seen == OWN_LIMITS.expected


def test_a_forged_engine_convinces_no_judge(battlefield: Battlefield, single):
    line = single(FORGED_ENGINE)
    attacker = battlefield.attacker
    attacker.session.get(f"{attacker.server_url}/containrlab/open/lab1", timeout=REQUEST_SECONDS)
    battlefield.run(attacker, "sh", "-c", 'nohup python3 -c "$0" > /tmp/fake.log 2>&1 &', FAKE_ENGINE)
    forged = ("docker", "image", "inspect", "--format", "{{.Config.User}}", "nosuch:1")
    assert wait_for(lambda: "app" in battlefield.run(attacker, *forged), RECOVERY_SECONDS), "not even forged"
    result = attacker.check("lab1", JUDGE_SECONDS)
    line.seen = ", ".join(sorted(failure["code"] for failure in result["failures"]))
    battlefield.run(attacker, "pkill", "-f", "UnixStreamServer")
    battlefield.run(attacker, "mv", "/run/user/1000/docker.sock.real", "/run/user/1000/docker.sock")
    assert line.seen == FORGED_ENGINE.expected
    assert not result["passed"]


def test_false_activity_moves_no_deadline(battlefield: Battlefield, single):
    line = single(FALSE_ACTIVITY)
    attacker = battlefield.attacker
    before = attacker.server()["started"]
    answer = requests.post(
        f"{battlefield.course.url}/hub/api/users/{quote(attacker.name)}/activity",
        headers={"Authorization": f"token {battlefield.token(attacker)}"},
        json={"servers": {"": {"last_activity": datetime.now(UTC).isoformat()}}},
        timeout=REQUEST_SECONDS,
    )
    moved = attacker.server()["started"] != before
    line.seen = f"{answer.status_code}, its start {'is moved' if moved else 'stays'}"
    assert line.seen == FALSE_ACTIVITY.expected


@pytest.mark.parametrize(("vantage", "attack"), TAKEN, ids=by_name)
def test_what_one_takes_is_not_taken_from_another(
    battlefield: Battlefield, claim, vantage: Vantage, attack: Attack
):
    expected = attack.expected(vantage)
    line = claim(TABLE, vantage.value, attack.name, expected=f"{expected}; others are answered")
    with NeighbourWatch.running(battlefield.neighbour) as watch:
        outcome = battlefield.try_all(vantage, [attack])[attack.name]
    line.seen, line.seconds = f"{outcome.seen}; {watch.said}", outcome.seconds
    assert outcome.seen in expected
    assert watch.failures == []
    assert wait_for(battlefield.attacker.is_answered, RECOVERY_SECONDS), "their own server is gone"
    battlefield.run(battlefield.attacker, "wait-for-engine", str(RECOVERY_SECONDS))
    command = ("docker", "run", "--rm", "python:3.13-slim", "echo", "works")
    assert "works" in battlefield.run(battlefield.attacker, *command), "their own engine does not come back"


def test_what_one_takes_of_inotify_is_not_taken_from_another(battlefield: Battlefield, claim):
    wanted = f"{INOTIFY_WANTED} of {INOTIFY_WANTED}"
    line = claim(TABLE, Vantage.LEARNER.value, INOTIFY.name, expected=f"the neighbour gets {wanted}")
    with battlefield.going_on(Vantage.LEARNER, INOTIFY):
        job = ["need", "need_inotify", [INOTIFY_WANTED]]
        seen = battlefield.probe(battlefield.neighbour, Vantage.LEARNER, [job])["need"].seen
    line.seen = f"the neighbour gets {seen}"
    assert seen == wanted


def test_an_ended_session_leaves_nothing(battlefield: Battlefield, single, token_of_the_ended):
    line = single(LEFT_BEHIND)
    attacker = battlefield.attacker
    token_of_the_ended.append(battlefield.token(attacker))
    name = battlefield.container(attacker)
    inventory = HostInventory(battlefield.engine, battlefield.course.settings)
    container = inventory.container_id(name)
    attacker.stop_server()
    line.seen = ", ".join(inventory.left_of(name, container)) or LEFT_BEHIND.expected
    assert line.seen == LEFT_BEHIND.expected


def test_an_ended_sessions_token_opens_nothing(battlefield: Battlefield, single, token_of_the_ended):
    line = single(STOLEN_TOKEN)
    headers = {"Authorization": f"token {token_of_the_ended[0]}"}
    address = f"{battlefield.course.url}/services/course/api/me"

    def ask() -> int:
        return requests.get(address, headers=headers, timeout=REQUEST_SECONDS).status_code

    wait_for(lambda: ask() == 403, TOKEN_CACHE_SECONDS, poll_seconds=1)
    line.seen = str(ask())
    assert line.seen == STOLEN_TOKEN.expected
