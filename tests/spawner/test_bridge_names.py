"""Bridges' names: what the firewall knows, for one course and for several on a machine."""

from __future__ import annotations

from itertools import product

import pytest

from spawner.bridge_names import bridge_kinds, bridge_stem, new_bridge_name
from spawner.labels import Role
from spawner.session_policy import Egress

LONGEST_INTERFACE_NAME = 15  # IFNAMSIZ less the zero at its end


@pytest.mark.parametrize(
    ("role", "egress", "stem"),
    [
        (Role.SESSION, Egress.NONE, "clsn-"),
        (Role.SESSION, Egress.PACKAGES, "clsp-"),
        (Role.SANDBOX, Egress.NONE, "cljn-"),
        (Role.SANDBOX, Egress.PACKAGES, "cljp-"),
    ],
)
def test_name_says_role_and_egress_policy(role: Role, egress: Egress, stem: str):
    assert bridge_stem("cl", role, egress) == stem
    assert new_bridge_name("cl", role, egress).startswith(stem)
    assert (role, egress) in set(bridge_kinds())


def test_longest_prefix_makes_a_name_that_linux_takes():
    assert len(new_bridge_name("abcd", Role.SESSION, Egress.PACKAGES)) <= LONGEST_INTERFACE_NAME


def test_no_course_has_bridges_that_anothers_firewall_knows():
    prefixes = ["c", "cl", "cla", "clj", "cls", "clsp", "cljn", "csp", "cs", "s", "sp"]
    for one, other in product(prefixes, prefixes):
        if one == other:
            continue
        for kind, other_kind in product(bridge_kinds(), bridge_kinds()):
            assert not new_bridge_name(one, *kind).startswith(bridge_stem(other, *other_kind))
