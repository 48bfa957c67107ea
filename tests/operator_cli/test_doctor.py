"""`containrlab doctor` for real on this machine, its report, and what --fix does."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from hub_config.settings import Settings
from operator_cli import doctor as doctor_module
from operator_cli import kernel_limits
from operator_cli.doctor_report import Mended, exit_code, last_line, print_report, report_json
from operator_cli.kernel_limits import KERNEL_LIMITS
from operator_cli.locks import make_state_dir
from operator_cli.machine_checks import ALL_CHECKS, Check, Finding, Result, Status
from operator_cli.machine_checks.check import Group, failed, passed, warned
from operator_cli.machine_checks.inotify import INOTIFY
from operator_cli.machine_checks.state_folder import STATE_FOLDER
from operator_cli.main import cli


def make_result(name: str, finding: Finding, group: Group = Group.KERNEL) -> Result:
    """One row of a report."""
    return Result(Check(name, group, f"{name} matters.", lambda _: finding), finding)


GOOD = make_result("kernel", passed("6.1.0"))
POOR = make_result("swap_limit", warned("2.1 GB", "swapoff -a"))
BAD = make_result("clock", failed("90 s ahead", "timedatectl set-ntp true"), Group.NETWORK)
UNSEEN = [
    make_result(name, warned("not looked at: needs root", "sudo -E containrlab doctor"), Group.ENGINE)
    for name in ("engine", "engine_place")
]


@pytest.mark.parametrize(
    ("results", "code", "line"),
    [
        ([GOOD], 0, "0 failed, 0 warnings, 1 passed"),
        ([GOOD, POOR], 0, "0 failed, 1 warning, 1 passed"),
        ([BAD, GOOD, POOR, POOR], 1, "1 failed, 2 warnings, 1 passed"),
    ],
)
def test_exit_code_and_last_line(results: list[Result], code: int, line: str):
    assert (exit_code(results), str(last_line(results))) == (code, line)


def test_json_has_one_entry_a_check():
    assert report_json([GOOD, BAD]) == {
        "checks": [
            {"name": "kernel", "status": "pass", "seen": "6.1.0", "why": "kernel matters.", "mend": ""},
            {
                "name": "clock",
                "status": "fail",
                "seen": "90 s ahead",
                "why": "clock matters.",
                "mend": "timedatectl set-ntp true",
            },
        ],
        "pass": 1,
        "warn": 0,
        "fail": 1,
    }


def test_what_is_wrong_stands_at_the_end_with_what_mends_it():
    lines = _print([*UNSEEN, GOOD, POOR, BAD], [Mended("inotify", "raised", True)])
    assert lines[-10:] == [
        "! engine, engine place: not looked at: needs root",
        "  Mend: sudo -E containrlab doctor",
        "! swap limit: 2.1 GB",
        "  Why:  swap_limit matters.",
        "  Mend: swapoff -a",
        "✗ clock: 90 s ahead",
        "  Why:  clock matters.",
        "  Mend: timedatectl set-ntp true",
        "mended: inotify: raised",
        "1 failed, 3 warnings, 1 passed",
    ]


def test_what_the_machine_answers_is_never_markup():
    assert "[bold]not markup" in "\n".join(_print([make_result("kernel", passed("[bold]not markup"))], []))


@pytest.fixture
def low_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A /proc/sys of the test's own with low limits, beside a sysctl.d; returns their folder."""
    for limit in KERNEL_LIMITS:
        file = limit.file(tmp_path / "sys")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("128\n")
    monkeypatch.setattr(kernel_limits, "PROC_SYS", tmp_path / "sys")
    monkeypatch.setattr(kernel_limits, "SYSCTL_FILE", tmp_path / "sysctl.d" / "60-containrlab.conf")
    return tmp_path


def test_fix_mends_says_so_and_looks_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, low_limits: Path
):
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    monkeypatch.setattr(doctor_module, "ALL_CHECKS", (INOTIFY, STATE_FOLDER))
    make_state_dir(settings).chmod(0o755)

    before = CliRunner().invoke(cli, ["doctor", "--json"])
    assert before.exit_code == 1
    assert [row["status"] for row in json.loads(before.stdout)["checks"]] == ["warn", "fail"]
    assert settings.state_dir.stat().st_mode & 0o777 == 0o755  # looking changes nothing

    after = CliRunner().invoke(cli, ["doctor", "--fix", "--json"])
    assert after.exit_code == 0
    report = json.loads(after.stdout)
    assert [row["status"] for row in report["checks"]] == ["pass", "pass"]
    assert [(step["name"], step["done"]) for step in report["mended"]] == [
        ("inotify", True),
        ("state_folder", True),
    ]
    assert "fs.inotify.max_user_instances 128 → 134217728" in report["mended"][0]["words"]
    assert settings.state_dir.stat().st_mode & 0o777 == 0o700

    again = CliRunner().invoke(cli, ["doctor", "--fix", "--json"])
    assert json.loads(again.stdout)["mended"] == []


def test_fix_that_does_not_work_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, low_limits: Path
):
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    monkeypatch.setattr(doctor_module, "ALL_CHECKS", (INOTIFY,))
    (low_limits / "sysctl.d").write_text("a file where the folder should be")
    answer = CliRunner().invoke(cli, ["doctor", "--fix"])
    assert answer.exit_code == 0
    assert "not mended: inotify: A limit of the kernel could not be raised" in answer.stdout


@pytest.mark.engine
def test_all_of_it_runs_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, image_store: str
):
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    for name in ("PORT", "HUB_PORT", "PROXY_API_PORT", "COURSE_PORT", "EGRESS_PORT"):
        monkeypatch.setenv(f"CONTAINRLAB_{name}", str(getattr(settings, name.lower())))
    answer = CliRunner().invoke(cli, ["doctor", "--json"])
    report = json.loads(answer.stdout)
    assert [row["name"] for row in report["checks"]] == [check.name for check in ALL_CHECKS]
    assert [row for row in report["checks"] if row["seen"].startswith("not looked at")] == []
    for status in Status:
        assert report[status] == sum(row["status"] == status for row in report["checks"])
    assert all(row["mend"] for row in report["checks"] if row["status"] != "pass")
    assert answer.exit_code == (1 if report["fail"] else 0)
    statuses = {row["name"]: row["status"] for row in report["checks"]}
    # What the other engine tests stand on, they have.
    needed = (
        "kernel",
        "overlay",
        "tunnel_device",
        "cgroups",
        "user_namespaces",
        "firewall",
        "ports",
        "programs",
    )
    assert {name: statuses[name] for name in needed} == dict.fromkeys(needed, "pass")
    assert not settings.state_dir.exists()


def _print(results: list[Result], mended: list[Mended]) -> list[str]:
    file = io.StringIO()
    print_report(results, mended, Console(file=file))
    return file.getvalue().splitlines()
