"""The firewall: its text by tables, how it is loaded, and how it is put back when another tool changes it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub_config.settings import Settings
from operator_cli.errors import FirewallRefused
from operator_cli.firewall import guarded_firewall, is_firewall_loaded, load_firewall, remove_firewall
from operator_cli.firewall_listing import Listing, describe_changes
from operator_cli.firewall_ruleset import render_ruleset, table_name
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for

RESTORE_SECONDS = 5  # two on a machine that has nothing else to do


@pytest.mark.parametrize(
    ("public_url", "rule"),
    [
        pytest.param(None, "tcp dport { 8083, 8000 } reject with tcp reset", id="a trial is this machine's"),
        pytest.param("https://x.org", "tcp dport { 8083 } reject with tcp reset", id="a public hub is open"),
    ],
)
def test_what_other_interfaces_reach(public_url: str | None, rule: str):
    assert rule in render_ruleset(Settings(public_url=public_url))


@pytest.mark.parametrize(
    "rule",
    [
        'iifname "absn-*" goto session_none',
        'iifname "absp-*" goto session_packages',
        'iifname "abjn-*" goto sandbox_none',
        'iifname "abjp-*" goto sandbox_packages',
        'iifname "absp-*" goto from_ours',
        'iifname "absn-*" goto refused',
        'oifname "abjp-*" goto refused',
        "table inet containrlab_ab {",
        "delete table inet containrlab_ab",
        "tcp dport 1234 fib daddr . iif type local goto to_hub",
        "tcp dport 8083 fib daddr . iif type local goto to_egress",
    ],
)
def test_ruleset_is_keyed_by_prefix_and_ports(rule: str):
    assert rule in render_ruleset(Settings(bridge_prefix="ab", port=1234))


def test_no_rule_but_the_replacement_touches_another_table():
    tables = [line for line in render_ruleset(Settings()).splitlines() if "table" in line]
    assert all("inet containrlab_cl" in line for line in tables)


@pytest.mark.engine
@pytest.mark.usefixtures("clean_firewall")
def test_loading_twice_is_loading_once(settings: Settings, packages: Packages):
    load_firewall(settings, packages)
    load_firewall(settings, packages)
    assert is_firewall_loaded(settings)
    remove_firewall(settings)
    assert not is_firewall_loaded(settings)


@pytest.mark.engine
def test_refused_table_is_a_plain_error(settings: Settings, packages: Packages):
    with pytest.raises(FirewallRefused, match="nft answered"):
        load_firewall(replace(settings, bridge_prefix="a b"), packages)


@pytest.mark.engine
@pytest.mark.usefixtures("clean_firewall")
def test_what_the_kernel_lacks_is_named(settings: Settings, packages: Packages, nft_stand_in: Path):
    refusal = "echo 'Error: Could not process rule: No such file or directory' >&2; exit 1"
    _write(nft_stand_in, f"grep -q 'ct count' && {{ {refusal}; }}\nexit 0")
    with pytest.raises(FirewallRefused, match="the kernel lacks nft_connlimit; nft answered"):
        load_firewall(settings, packages)


@pytest.fixture
def guarded(
    settings: Settings, packages: Packages, progress: Progress, clean_firewall: None
) -> Iterator[Settings]:
    """The settings of a firewall that is loaded and watched."""
    with guarded_firewall(settings, packages, progress):
        yield settings


@pytest.mark.engine
@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        ("delete table inet {table}", "the whole table is gone"),
        ("flush table inet {table}", "chain input lacks 6 of 6 rules"),
        ("delete rule inet {table} input handle {handle}", "chain input lacks 1 of 6 rules"),
        ("insert rule inet {table} input accept", "chain input has 1 more that are not ours"),
        # nft deletes no chain that has rules.
        ("flush chain inet {table} forward; delete chain inet {table} forward", "chain forward is gone"),
    ],
)
def test_what_another_program_changes_is_put_back(
    guarded: Settings, told: io.StringIO, change: str, told_of: str
):
    table = table_name(guarded)
    before = _list(table)
    handle = next(rule["handle"] for rule in _rules(table) if rule["chain"] == "input")
    _nft(change.format(table=table, handle=handle))
    assert wait_for(lambda: describe_changes(before, _list(table)) == "", RESTORE_SECONDS)
    assert wait_for(lambda: told_of in told.getvalue(), 1)
    assert told.getvalue().count("warning: Another program had changed the firewall") == 1


@pytest.mark.engine
def test_what_keeps_the_firewall_from_being_watched_is_told_once(
    guarded: Settings, told: io.StringIO, nft_stand_in: Path
):
    calls, real_nft = nft_stand_in.with_name("calls"), shutil.which("nft", path=os.defpath + ":/usr/sbin")
    _write(nft_stand_in, f"echo x >> {calls}; echo 'Error: broken' >&2; exit 1")
    assert wait_for(lambda: told.getvalue().count("nft answered: Error: broken") == 1, RESTORE_SECONDS)
    seen = calls.stat().st_size
    assert wait_for(lambda: calls.stat().st_size > seen, RESTORE_SECONDS)
    _write(nft_stand_in, f'exec {real_nft} "$@"')
    assert wait_for(lambda: "The firewall is as it should be again" in told.getvalue(), RESTORE_SECONDS)
    assert told.getvalue().count("warning") == 1


@pytest.mark.parametrize(
    ("rules", "set_type", "changes"),
    [
        (["one", "two"], "ifname", ""),
        (["two", "one"], "ifname", "chain input has its rules in another order"),
        (["two"], "ifname", "chain input lacks 1 of 2 rules"),
        (["one", "two", "one"], "ifname", "chain input has 1 more that are not ours"),
        (["one", "two"], "mark", "set limits is another"),
    ],
)
def test_changes_in_words(rules: list[str], set_type: str, changes: str):
    expected = _listing(["one", "two"], "ifname", handle=1, counted=[])
    assert describe_changes(expected, _listing(rules, set_type, handle=7, counted=["eth0"])) == changes


def _listing(rules: list[str], set_type: str, *, handle: int, counted: list[str]) -> Listing:
    entries = [
        {"metainfo": {"version": "1.0.6"}},
        {"table": {"name": "t", "handle": handle}},
        {"set": {"name": "limits", "type": set_type, "handle": handle, "elem": counted}},
        {"chain": {"name": "input", "hook": "input", "handle": handle}},
        *({"rule": {"chain": "input", "handle": handle, "expr": rule}} for rule in rules),
    ]
    return Listing.from_json(json.dumps({"nftables": entries}))


@pytest.fixture
def nft_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a script comes before the real nft: what this machine's kernel never does can be seen there."""
    script = tmp_path / "bin" / "nft"
    script.parent.mkdir()
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return script


def _write(script: Path, commands: str) -> None:
    """In one step: it is called at any moment."""
    whole = script.with_suffix(".new")
    whole.write_text(f"#!/bin/sh\n{commands}\n")
    whole.chmod(0o755)
    whole.rename(script)


def _list(table: str) -> Listing | None:
    command = ["nft", "-j", "list", "table", "inet", table]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return Listing.from_json(answer.stdout) if answer.returncode == 0 else None


def _rules(table: str) -> list[dict[str, object]]:
    command = ["nft", "-j", "list", "table", "inet", table]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [entry["rule"] for entry in json.loads(listed)["nftables"] if "rule" in entry]


def _nft(command: str) -> None:
    subprocess.run(["nft", command], check=True)
