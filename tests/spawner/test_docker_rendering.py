"""The hardening, fact by fact: each row is a promise of docs/architecture.md or an attack that it stops."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spawner.docker_rendering import (
    LOW_SHARES,
    SHARES,
    HostFolder,
    Volume,
    image_store_volume,
    render_container,
)
from spawner.labels import INSTANCE, ROLE, SESSION, Role, make_labels, session_labels
from spawner.session_network import SessionNetwork
from spawner.session_policy import MEBIBYTE, SessionPolicy


@pytest.fixture
def rendered() -> dict[str, Any]:
    """A session of the default policy, as the engine is asked for it."""
    return render_container(
        SessionPolicy(),
        image="containrlab-session:latest",
        command=["prepared-server"],
        environment={"CONTAINRLAB_ENDS_CROWDS": "1"},
        labels=session_labels("containrlab", "0123456789ab", "recipe"),
        network=SessionNetwork("net", "cl-1", "10.213.0.1", "10.213.0.2"),
        volumes=[
            Volume("/workspace", make_labels("containrlab", Role.WORKSPACE, "o'brien"), "work"),
            Volume("/engine", make_labels("containrlab", Role.ENGINE_DATA)),
            image_store_volume("store"),
        ],
        takes_input=True,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Privileged", False),
        ("CapDrop", ["ALL"]),
        ("CapAdd", ["SETUID", "SETGID"]),
        ("ReadonlyRootfs", True),
        ("CgroupnsMode", "private"),
        pytest.param("MaskedPaths", [], id="nested /proc mounts need an unmasked /proc"),
        pytest.param("ReadonlyPaths", [], id="nested /proc mounts need a writable /proc"),
        ("Memory", 1536 * MEBIBYTE),
        pytest.param("MemorySwap", 1536 * MEBIBYTE, id="no swap on top of the memory"),
        ("NanoCpus", 1_000_000_000),
        ("PidsLimit", 512),
        ("NetworkMode", "net"),
        pytest.param("Dns", ["127.0.0.1"], id="no names through the host's resolver"),
    ],
)
def test_host_config(rendered: dict[str, Any], key: str, value: object):
    assert rendered["HostConfig"][key] == value


def test_it_takes_input_once(rendered: dict[str, Any]):
    assert rendered["OpenStdin"]
    assert rendered["StdinOnce"]


def test_a_folder_takes_mounts_in_and_gives_none_out():
    mount = HostFolder("/workspace", "/entrance", takes_mounts=True).render()
    assert mount["BindOptions"] == {"Propagation": "rslave"}


def test_what_nobody_waits_for_gives_way(rendered: dict[str, Any]):
    assert rendered["HostConfig"]["CpuShares"] == SHARES > LOW_SHARES


def test_the_tunnel_is_the_only_device(rendered: dict[str, Any]):
    assert [device["PathOnHost"] for device in rendered["HostConfig"]["Devices"]] == ["/dev/net/tun"]


def test_logs_are_bounded(rendered: dict[str, Any]):
    assert rendered["HostConfig"]["LogConfig"]["Config"] == {"max-size": str(5 * MEBIBYTE), "max-file": "2"}


@pytest.mark.parametrize(
    "call",
    [
        "bpf",
        "file_setattr",
        "add_key",
        "io_uring_setup",
        "perf_event_open",
        "init_module",
        "kexec_load",
        "userfaultfd",
    ],
)
def test_seccomp_refuses(rendered: dict[str, Any], call: str):
    profile = _seccomp_profile(rendered)
    refused = {
        name for rule in profile["syscalls"] for name in rule["names"] if rule["action"] != "SCMP_ACT_ALLOW"
    }
    assert call in refused


def test_seccomp_refuses_sockets_to_the_hypervisor_and_the_crypto_api(rendered: dict[str, Any]):
    families = {
        argument["value"]
        for rule in _seccomp_profile(rendered)["syscalls"]
        if rule["names"] == ["socket"]
        for argument in rule["args"]
    }
    assert families == {38, 40}  # AF_ALG, AF_VSOCK


def test_keyrings_look_absent_not_forbidden(rendered: dict[str, Any]):
    # runc gives up on EPERM, and goes on without a keyring on ENOSYS.
    rules = [rule for rule in _seccomp_profile(rendered)["syscalls"] if "keyctl" in rule["names"]]
    assert [rule["errnoRet"] for rule in rules] == [38]


def test_only_the_image_store_is_shared_and_it_is_read_only(rendered: dict[str, Any]):
    mounts = {mount["Target"]: mount for mount in rendered["HostConfig"]["Mounts"]}
    assert mounts["/images"]["Source"] == "store"
    assert mounts["/images"]["ReadOnly"]
    assert mounts["/workspace"]["Source"] == "work"
    assert mounts["/engine"]["Source"] == ""  # made for this container, and gone with it
    assert all(mount["Type"] == "volume" for mount in mounts.values())


def test_volumes_made_by_the_engine_carry_our_labels(rendered: dict[str, Any]):
    for mount in rendered["HostConfig"]["Mounts"]:
        if mount["Target"] != "/images":
            assert mount["VolumeOptions"]["Labels"][INSTANCE] == "containrlab"


def test_container_is_labelled_and_has_its_networks_second_address(rendered: dict[str, Any]):
    assert rendered["Labels"][ROLE] == "session"
    assert rendered["Labels"][SESSION] == "0123456789ab"
    assert rendered["NetworkingConfig"]["EndpointsConfig"]["net"]["IPAMConfig"] == {
        "IPv4Address": "10.213.0.2"
    }


def _seccomp_profile(rendered: dict[str, Any]) -> dict[str, Any]:
    (option,) = (o for o in rendered["HostConfig"]["SecurityOpt"] if o.startswith("seccomp="))
    return json.loads(option.removeprefix("seccomp="))
