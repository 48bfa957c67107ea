"""The limits that sessions share are raised, never lowered, now and for the next boot."""

from __future__ import annotations

from pathlib import Path

import pytest

from operator_cli.errors import KernelLimitRefused
from operator_cli.kernel_limits import KERNEL_LIMITS, find_low_limits, raise_kernel_limits


@pytest.fixture
def proc_sys(tmp_path: Path) -> Path:
    """Limits as a fresh Debian 12 has them."""
    low = {"fs.inotify.max_user_instances": 128, "fs.inotify.max_user_watches": 65536}
    for limit in KERNEL_LIMITS:
        file = limit.file(tmp_path / "sys")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{low.get(limit.name, limit.wanted)}\n")
    return tmp_path / "sys"


def test_low_limits_are_raised_once(proc_sys: Path, tmp_path: Path):
    sysctl_file = tmp_path / "sysctl.d" / "60-containrlab.conf"
    raised = raise_kernel_limits(proc_sys, sysctl_file)
    assert raised == [
        "fs.inotify.max_user_instances 128 → 134217728",
        "fs.inotify.max_user_watches 65536 → 134217728",
    ]
    assert "fs.inotify.max_user_instances = 134217728\n" in sysctl_file.read_text()
    assert find_low_limits(proc_sys) == []
    sysctl_file.unlink()
    assert raise_kernel_limits(proc_sys, sysctl_file) == []
    assert not sysctl_file.exists()


def test_higher_ones_are_left_alone(proc_sys: Path, tmp_path: Path):
    high = KERNEL_LIMITS[0].file(proc_sys)
    high.write_text(f"{2**30}\n")
    raise_kernel_limits(proc_sys, tmp_path / "60-containrlab.conf")
    assert high.read_text() == f"{2**30}\n"


def test_kernel_without_a_limit_has_none_that_is_low(tmp_path: Path):
    assert find_low_limits(tmp_path) == []


def test_refusal_names_the_command(proc_sys: Path):
    with pytest.raises(KernelLimitRefused) as error:
        raise_kernel_limits(proc_sys, proc_sys / "fs/inotify/max_user_watches" / "no-folder")
    assert error.value.remedy.startswith("sudo sysctl -w fs.inotify.max_user_instances=134217728")


def test_what_one_refuses_keeps_no_other_from_being_raised(proc_sys: Path, tmp_path: Path):
    refusing = KERNEL_LIMITS[0].file(proc_sys)
    refusing.unlink()
    refusing.symlink_to("/proc/sys/kernel/ngroups_max")  # a number that not even root may write
    with pytest.raises(KernelLimitRefused) as error:
        raise_kernel_limits(proc_sys, tmp_path / "60-containrlab.conf")
    assert error.value.remedy == f"sudo sysctl -w fs.inotify.max_user_instances={KERNEL_LIMITS[0].wanted}"
    assert [limit for limit, _ in find_low_limits(proc_sys)] == [KERNEL_LIMITS[0]]
