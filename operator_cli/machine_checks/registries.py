"""The package registries of the allow list."""

from __future__ import annotations

from collections.abc import Sequence

from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine
from .registry_answers import RegistryAnswer


def judge_registries(answers: Sequence[RegistryAnswer]) -> Finding:
    """None that answers fails: the egress proxy goes the same way."""
    silent = [answer for answer in answers if answer.error]
    count = f"{len(answers) - len(silent)} of {len(answers)} answer"
    if not silent:
        return passed(count)
    seen = f"{count}; {'; '.join(f'{answer.host}: {answer.error}' for answer in silent)}"
    mend = f"curl -I https://{silent[0].host}/ ; take out of CONTAINRLAB_EGRESS_HOSTS what nobody needs"
    if any("certificate" in answer.error for answer in silent):
        mend = "export CONTAINRLAB_EXTRA_CA=/path/to/the/network's/bundle.pem, where it inspects TLS"
    return warned(seen, mend) if len(silent) < len(answers) else failed(seen, mend)


def _look(machine: Machine) -> Finding:
    if not machine.settings.egress_hosts:
        return passed("CONTAINRLAB_EGRESS_HOSTS names none")
    return judge_registries(machine.registries())


REGISTRIES = Check(
    "registries",
    Group.NETWORK,
    "Learners' builds install packages from them through the egress proxy, which goes the same way.",
    _look,
)
