"""What the corpus measures with can see a hole."""

from __future__ import annotations

import subprocess

import pytest

from course_service.sandbox_life import open_sandbox
from spawner.session_policy import Egress
from tests.host_inventory import HostInventory

from .sandboxes import is_clean


@pytest.mark.engine
def test_a_sandbox_that_stays_is_seen(hostile_settings, engine, image_store):
    inventory = HostInventory(engine, hostile_settings, settle_seconds=0.2)
    before = inventory.count()
    with open_sandbox(hostile_settings, Egress.NONE, "alice") as sandbox:
        seen = inventory.left_behind(before, [])
        name = sandbox.container
    assert name in seen, "its network"
    assert f"/{name}" in seen, "its container"
    assert [line for line in seen if line.startswith("loop device") and name in line]
    assert [line for line in seen if line.startswith("mount") and name in line]
    assert inventory.left_behind(before, []) == []


@pytest.mark.engine
def test_a_process_that_stays_is_seen(hostile_settings, engine):
    inventory = HostInventory(engine, hostile_settings, settle_seconds=0.2)
    before = inventory.count()
    with subprocess.Popen(["sleep", "60"]) as process:
        assert inventory.left_behind(before, []) == [f"process {process.pid}"]
        process.kill()


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x9b", "\r", "\u202e", "\u061c", "\u2028", "\ud800"])
def test_a_character_that_a_page_or_terminal_obeys_is_seen(character):
    assert not is_clean(f"a{character}b")


@pytest.mark.parametrize("text", ["", "a\tb\n", "<script>", "gr\u00fc\u00dfe \U0001f40b"])
def test_text_is_clean(text):
    assert is_clean(text)
