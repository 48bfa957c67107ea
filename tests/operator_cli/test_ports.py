"""A port that another program has is named, with the setting that moves it."""

from __future__ import annotations

import socket

import pytest

from hub_config.settings import Settings
from operator_cli.errors import PortInUse
from operator_cli.ports import is_free, require_free_ports


@pytest.mark.parametrize(
    ("field", "setting"),
    [
        ("port", "CONTAINRLAB_PORT"),
        ("hub_port", "CONTAINRLAB_HUB_PORT"),
        ("proxy_api_port", "CONTAINRLAB_PROXY_API_PORT"),
        ("course_port", "CONTAINRLAB_COURSE_PORT"),
    ],
)
def test_port_in_use(settings: Settings, field: str, setting: str):
    port = getattr(settings, field)
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(PortInUse, match=f"Port {port} is in use") as error:
            require_free_ports(settings)
        assert f"export {setting}=" in error.value.remedy


def test_free_ports_stay_free(settings: Settings):
    require_free_ports(settings)
    assert is_free(settings.port)
