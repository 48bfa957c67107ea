"""Scripts beside the command: the settings page is current, and bootstrap's second run does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub_config.settings import ROOT, describe_settings


@pytest.mark.parametrize(
    "script",
    ["settings_table.py", "threat_table.py", "hints_table.py", "faults_table.py", "performance_page.py"],
)
def test_page_that_is_made_from_code_is_current(script: str):
    subprocess.run([sys.executable, ROOT / "scripts" / script, "--check"], check=True)


def test_settings_page_has_every_setting():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name, _, _ in describe_settings() if f"| `{name}` |" not in page] == []


def test_bootstrap_refuses_an_unknown_argument():
    answer = subprocess.run(
        [ROOT / "scripts" / "bootstrap", "nonsense"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "Mend:  scripts/bootstrap test" in answer.stderr


@pytest.mark.parametrize(
    "target",
    ["up", "test", "check", "hostile", "attack", "faults", "format", "images", "docs", "clean", "help"],
)
def test_make_help_names_every_target(target: str):
    shown = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    assert f"make {target} " in shown


def test_the_proxy_is_the_projects_own():
    node = Path(sys.executable).parent / "node"
    version = subprocess.run(
        [Path(sys.executable).parent / "configurable-http-proxy", "--version"],
        env={"PATH": str(node.parent)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert version.startswith("5.")
    # Not the wheel's wrapper, which would leave the proxy behind when it is told to end.
    assert node.resolve().read_bytes()[:4] == b"\x7fELF"


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        ("[ -e mark ] || { touch mark; false; }", 0, "held: a step, at the second try"),
        ("false", 1, "FAILED: a step, at the second try"),
    ],
)
def test_a_second_try_decides_and_is_told(tmp_path: Path, step: str, code: int, told: str):
    script = (
        f". {ROOT}/scripts/steps.sh\nstep() {{ {step}\n}}\n"
        "run 'a step' step\nrun_once_more 'a step' step\nconclude\n"
    )
    answer = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert answer.returncode == code
    assert answer.stdout.splitlines()[-1].replace(",  ", ", ").startswith(told)
