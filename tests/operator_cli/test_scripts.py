"""Scripts beside the command: the settings page is current, and bootstrap's second run does nothing."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from hub_config.settings import ROOT, describe_settings
from operator_cli.waiting import wait_for


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


def test_the_hub_compiles_no_grammar_at_its_start():
    imported = "import sys, jupyterhub.app; sys.exit('lark' in sys.modules)"
    subprocess.run([sys.executable, "-c", imported], check=True)


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


def run_steps(folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    """What a script prints that shares `steps.sh`, and its exit code."""
    script = f". {ROOT}/scripts/steps.sh\n{lines}\nconclude\n"
    return subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        ("[ -e mark ] || { touch mark; false; }", 0, "held: other, a step, at the second try"),
        ("false", 1, "FAILED: a step, at the second try"),
    ],
)
def test_a_second_try_decides_and_is_told(tmp_path: Path, step: str, code: int, told: str):
    lines = f"step() {{ {step}\n}}\nrun 'a step' step\nrun other true\nrun_once_more 'a step' step"
    answer = run_steps(tmp_path, lines)
    assert answer.returncode == code
    assert answer.stdout.splitlines()[-1].replace(",  ", ", ").startswith(told)


@pytest.mark.parametrize(
    ("ending", "code", "last"), [("true", 0, "held: other, slow"), ("false", 1, "FAILED: slow; held: other")]
)
def test_a_step_that_runs_beside_others_is_shown_in_one_piece_and_counts(
    tmp_path: Path, ending: str, code: int, last: str
):
    # It prints, waits for what the other does, and prints again.
    slow = f"echo one; until [ -e mark ]; do sleep 0.05; done; echo two; {ending}"
    answer = run_steps(tmp_path, f"begin slow bash -c '{slow}'\nrun other touch mark\nend slow")
    lines = answer.stdout.splitlines()
    assert lines[lines.index("== slow") :][1:3] == ["one", "two"]
    assert lines[-1].replace(",  ", ", ") == last
    assert answer.returncode == code


def test_a_step_that_is_not_waited_for_ends_with_the_script(tmp_path: Path):
    answer = run_steps(tmp_path, "begin endless sleep 600\necho ${begun[endless]}\nrequire other false")
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "FAILED: other; held: nothing"
    assert wait_for(lambda: not is_alive(int(answer.stdout.splitlines()[0])), 10)


def is_alive(process_id: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    return False
