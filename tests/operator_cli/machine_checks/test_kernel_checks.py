"""The checks of the kernel, on readings of other kinds of machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from operator_cli.kernel_limits import KERNEL_LIMITS
from operator_cli.machine_checks.apparmor import AppArmor, find_profile, judge_apparmor
from operator_cli.machine_checks.cgroups import Cgroups, judge_cgroups, parse_v1_controllers
from operator_cli.machine_checks.check import Status
from operator_cli.machine_checks.inotify import judge_inotify
from operator_cli.machine_checks.kernel import judge_kernel
from operator_cli.machine_checks.overlay import judge_overlay
from operator_cli.machine_checks.tunnel_device import judge_tunnel_device
from operator_cli.machine_checks.user_namespaces import UserNamespaces, judge_user_namespaces
from tests.operator_cli.machine_checks.engines import make_engine

V2 = frozenset({"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"})
V1_TEXT = """\
#subsys_name	hierarchy	num_cgroups	enabled
cpu	1	2	1
memory	4	395	1
net_cls	0	2	1
pids	8	2	1
"""
UBUNTU_PROFILE = """\
abi <abi/4.0>,
include <tunables/global>
profile rootlesskit /usr/bin/rootlesskit flags=(unconfined) {
  userns,
}
"""


@pytest.mark.parametrize(
    ("release", "status"),
    [
        ("5.10.0-34-amd64", Status.FAIL),
        ("5.11.0", Status.PASS),
        ("6.1.0-34-amd64", Status.PASS),
        ("6.8.0-87-generic", Status.PASS),
        ("not a version", Status.FAIL),
    ],
)
def test_kernel(release: str, status: Status):
    assert judge_kernel(release).status is status


@pytest.mark.parametrize(
    ("filesystems", "status"),
    [
        ("nodev\tsysfs\n\text4\nnodev\toverlay\n", Status.PASS),
        pytest.param("nodev\tsysfs\nnodev\toverlay2fs\n", Status.FAIL, id="another name"),
        ("", Status.FAIL),
    ],
)
def test_overlay(filesystems: str, status: Status):
    finding = judge_overlay(filesystems)
    assert (finding.status, finding.fix is None) == (status, status is Status.PASS)


def test_tunnel_device():
    assert judge_tunnel_device(True).status is Status.PASS
    missing = judge_tunnel_device(False)
    assert (missing.status, missing.mend.split(" (")[0]) == (Status.FAIL, "modprobe tun")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Cgroups(2, V2, make_engine().info), Status.PASS, "version 2 with memory, pids, cpu"),
        (Cgroups(1, parse_v1_controllers(V1_TEXT), {}), Status.PASS, "no effect in version 1"),
        (Cgroups(2, V2 - {"memory"}, {}), Status.FAIL, "without memory"),
        (Cgroups(2, frozenset(), {}), Status.FAIL, "without memory, pids, cpu"),
        pytest.param(
            Cgroups(2, V2, make_engine(PidsLimit=False).info),
            Status.FAIL,
            "without pids",
            id="the engine's word",
        ),
    ],
)
def test_cgroups(seen: Cgroups, status: Status, words: str):
    finding = judge_cgroups(seen)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        pytest.param(UserNamespaces(63_000, None), Status.PASS, "63000", id="not Debian"),
        (UserNamespaces(63_000, 1), Status.PASS, "63000"),
        (UserNamespaces(63_000, 0), Status.FAIL, "kernel.unprivileged_userns_clone is 0"),
        (UserNamespaces(0, 1), Status.FAIL, "user.max_user_namespaces is 0"),
        (UserNamespaces(100, None), Status.WARN, "is 100"),
        pytest.param(UserNamespaces(None, None), Status.FAIL, "none", id="a kernel without"),
    ],
)
def test_user_namespaces(seen: UserNamespaces, status: Status, words: str):
    finding = judge_user_namespaces(seen)
    assert (finding.status, words in finding.seen, finding.fix) == (status, True, None), finding.seen


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        pytest.param(AppArmor(None, None), Status.PASS, id="Debian"),
        (AppArmor(0, None), Status.PASS),
        pytest.param(AppArmor(1, "/etc/apparmor.d/rootlesskit"), Status.WARN, id="Ubuntu 24.04 as installed"),
        pytest.param(AppArmor(1, None), Status.FAIL, id="Ubuntu 24.04 without the profile"),
    ],
)
def test_apparmor(seen: AppArmor, status: Status):
    finding = judge_apparmor(seen)
    assert finding.status is status
    assert finding.fix is None
    assert ("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in finding.mend) is (
        status is not Status.PASS
    )


def test_only_a_profile_that_allows_user_namespaces_counts(tmp_path: Path):
    assert find_profile(tmp_path / "none") is None
    (tmp_path / "rootlesskit").write_text(UBUNTU_PROFILE.replace("userns,", ""))
    assert find_profile(tmp_path) is None
    (tmp_path / "usr.bin.rootlesskit").write_text(UBUNTU_PROFILE)
    assert find_profile(tmp_path) == str(tmp_path / "usr.bin.rootlesskit")


def test_inotify():
    assert judge_inotify([]).status is Status.PASS
    low = judge_inotify([(KERNEL_LIMITS[0], 128)])
    assert low.status is Status.WARN
    assert "fs.inotify.max_user_instances is 128" in low.seen
    assert low.mend.startswith("sysctl -w fs.inotify.max_user_instances=134217728")
