"""Whose account is whose, when logins change hands."""

from __future__ import annotations

import pytest

from hub_config.github_accounts import find_account

OWNERS = {"alice": 7, "bob": 8, "bob.9": 9, "named-by-staff": None}


@pytest.mark.parametrize(
    ("login", "github_id", "account", "listed_as"),
    [
        pytest.param("carol", 10, "carol", {"carol"}, id="new"),
        pytest.param("alice", 7, "alice", {"alice"}, id="was here"),
        pytest.param("named-by-staff", 10, "named-by-staff", {"named-by-staff"}, id="nobody's yet"),
        pytest.param("alicia", 7, "alice", {"alice", "alicia"}, id="renamed"),
        pytest.param("alice", 10, "alice.10", {"alice.10"}, id="has taken a login over"),
        pytest.param("bob", 9, "bob.9", {"bob.9"}, id="had taken a login over"),
        pytest.param("bob", 7, "alice", {"alice"}, id="renamed to a login that another had"),
        pytest.param("bobby", 9, "bob.9", {"bob.9", "bobby"}, id="renamed after that"),
        pytest.param(
            "named-by-staff", 7, "alice", {"alice", "named-by-staff"}, id="renamed to one on a list"
        ),
    ],
)
def test_account_belongs_to_an_id(login: str, github_id: int, account: str, listed_as: set[str]):
    found = find_account(login, github_id, OWNERS)
    assert found.name == account
    assert found.listed_as == listed_as
