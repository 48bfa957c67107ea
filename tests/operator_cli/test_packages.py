"""apt-get is called for what is missing, with the lists fetched once; its failure is a plain error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from operator_cli import packages as packages_module
from operator_cli.errors import NeedsRoot, PackagesMissing
from operator_cli.packages import Packages
from operator_cli.progress import Progress

MISSING = "containrlab-no-such-package"


@pytest.fixture
def apt_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """An apt-get that notes what it is asked, and has every package but one named -broken."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = f'#!/bin/bash\necho "$@" >> {tmp_path}/calls\necho "E: trouble"\n! [[ "$*" =~ -broken ]]\n'
    (folder / "apt-get").write_text(script)
    (folder / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(packages_module, "is_root", lambda: True)

    def calls() -> list[str]:
        file = tmp_path / "calls"
        return file.read_text().splitlines() if file.exists() else []

    return calls


def test_what_is_installed_is_left_alone(packages: Packages, apt_calls: Callable[[], list[str]]):
    packages.install("dpkg")
    assert apt_calls() == []


def test_lists_are_fetched_once(packages: Packages, apt_calls: Callable[[], list[str]]):
    packages.install("dpkg", f"{MISSING}-1")
    packages.install(f"{MISSING}-2")
    assert [call.split()[5:] for call in apt_calls()] == [
        ["update"],
        ["install", "--yes", "--no-install-recommends", f"{MISSING}-1"],
        ["install", "--yes", "--no-install-recommends", f"{MISSING}-2"],
    ]


def test_failure_shows_what_apt_said(packages: Packages, apt_calls: Callable[[], list[str]]):
    with pytest.raises(PackagesMissing, match=f"Not installed: {MISSING}-broken") as error:
        packages.install(f"{MISSING}-broken")
    assert error.value.log_tail[-1] == "E: trouble"
    assert error.value.remedy.endswith(f"apt-get install {MISSING}-broken")


def test_ordinary_user_is_told(packages: Packages, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages_module, "is_root", lambda: False)
    with pytest.raises(NeedsRoot, match=MISSING):
        packages.install(MISSING)


def test_without_apt_get_it_says_so(progress: Progress, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages_module.shutil, "which", lambda _: None)
    with pytest.raises(PackagesMissing, match="there is no apt-get here"):
        Packages(progress).install(MISSING)


@pytest.fixture
def policy(tmp_path: Path, apt_calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine's policy-rc.d would be; apt-get asks it as a package's set-up does."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages_module, "_POLICY", policy)
    monkeypatch.setattr(packages_module, "_WITHOUT_SERVICE", frozenset({MISSING, "dpkg"}))
    ask = f"{policy} {MISSING}.service start; echo $?; {policy} other start; echo $?"
    (tmp_path / "bin" / "apt-get").write_text(f"#!/bin/bash\n( {ask} ) >> {tmp_path}/calls 2>&1\n")
    (tmp_path / "bin" / "update-rc.d").write_text(f'#!/bin/bash\necho "$@" >> {tmp_path}/calls\n')
    (tmp_path / "bin" / "update-rc.d").chmod(0o755)
    return policy


def test_a_service_is_denied_its_start_while_it_is_installed_and_disabled_then(
    packages: Packages, apt_calls: Callable[[], list[str]], policy: Path
):
    packages.install("dpkg", MISSING)  # dpkg is there: its service would be the operator's
    denied, allowed = "101", "0"
    assert apt_calls() == [denied, allowed, denied, allowed, f"{MISSING} disable"]  # update, then install
    assert not policy.exists()


def test_a_machines_own_policy_is_kept(packages: Packages, apt_calls: Callable[[], list[str]], policy: Path):
    policy.write_text("#!/bin/sh\nexit 104\n")
    policy.chmod(0o755)
    packages.install(MISSING)
    assert apt_calls()[:2] == ["104", "104"]
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
