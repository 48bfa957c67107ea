"""The command as an operator types it: help, usage, settings, and errors in three lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from operator_cli.main import cli
from operator_cli.ports import is_free


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["up", "prepare", "images", "judge", "lab", "Exit codes"]),
        (["up", "--help"], ["Ctrl-C", "files stay in any case"]),
        (["prepare", "--help"], ["before it starts the hub"]),
        (["images", "--help"], ["build"]),
        (["images", "build", "--help"], ["a second run takes seconds"]),
        (["judge", "--help"], ["LAB FOLDER", "--json", "not graded"]),
        (["doctor", "--help"], ["--fix", "--json", "Looking changes nothing", "Exit code 0"]),
        (["lab", "--help"], ["new", "test", "CONTAINRLAB_LABS_DIR"]),
        (["lab", "new", "--help"], ["SLUG", "--title", "Nothing that is there already is touched"]),
        (["lab", "test", "--help"], ["[SLUG]...", "--all", "--json", "--jobs", "--times", "not graded"]),
        (["--version"], ["0."]),
    ],
)
def test_help(arguments: list[str], words: list[str]):
    answer = CliRunner().invoke(cli, arguments)
    assert answer.exit_code == 0
    text = " ".join(answer.output.split())
    assert [word for word in words if word not in text] == []


def test_help_loads_no_subcommand():
    script = (
        "import sys; from operator_cli.main import cli\n"
        "cli(['--help'], standalone_mode=False)\n"
        "assert not {'docker', 'rich', 'course_service', 'operator_cli.up'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["judge"],
        ["judge", "lab1"],
        ["judge", "lab1", "/no/such/folder"],
        ["images", "nonsense"],
        ["lab", "nonsense"],
        ["lab", "new"],
    ],
)
def test_usage_ends_with_2(arguments: list[str]):
    assert CliRunner().invoke(cli, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("CONTAINRLAB_PORT", "0", "Setting CONTAINRLAB_PORT: 0 is not a port (1 to 65535)"),
        ("CONTAINRLAB_PROT", "1", "Setting CONTAINRLAB_PROT: no such setting; see docs/settings.md"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [["up"], ["prepare"], ["doctor"], ["images", "build"], ["judge", "lab1", "."], ["lab", "test", "lab1"]],
)
def test_wrong_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, command: list[str], name: str, value: str, line: str
):
    monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(cli, command)
    assert (answer.exit_code, answer.stderr) == (2, f"{line}\n")


def test_error_of_ours_is_three_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    answer = CliRunner().invoke(cli, ["judge", "lab1", str(tmp_path)])
    assert answer.exit_code == 2
    assert answer.stderr.splitlines() == [
        "Error: No Docker engine answers",
        f"Why:   nothing answers at unix://{tmp_path}/no.sock",
        "Mend:  containrlab prepare",
    ]


def test_remote_engine_is_not_replaced_by_a_local_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    answer = CliRunner().invoke(cli, ["prepare"])
    assert answer.exit_code == 2
    assert "Why:   DOCKER_HOST is tcp://127.0.0.1:1, where nothing answers" in answer.stderr
    assert is_free(1)
