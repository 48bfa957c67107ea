"""What a hub of these tests is given: free ports, a folder of its own, and no engine."""

from __future__ import annotations

import os

import pytest

from tests.free_ports import free_ports
from tests.github_stand_in import CLIENT_ID

from .running_hub import CANARY, HOST

GITHUB_SECRET = f"{CANARY}-in-a-file"
GEMINI_KEY = "canary-gemini-77d0"
"""The one secret that the course service is given."""


def make_environment(tmp_path_factory: pytest.TempPathFactory, instance: str, scheme: str) -> dict[str, str]:
    """As an operator of a public course sets it."""
    ports = free_ports(4)
    secret_file = tmp_path_factory.mktemp("secrets") / "github-secret"
    secret_file.touch(mode=0o600)
    secret_file.write_text(GITHUB_SECRET)
    return {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "CONTAINRLAB_STATE_DIR": str(tmp_path_factory.mktemp("hub") / "state"),
        "CONTAINRLAB_INSTANCE": instance,
        "CONTAINRLAB_PUBLIC_URL": f"{scheme}://{HOST}:{ports[0]}",
        "CONTAINRLAB_PORT": str(ports[0]),
        "CONTAINRLAB_HUB_PORT": str(ports[1]),
        "CONTAINRLAB_PROXY_API_PORT": str(ports[2]),
        "CONTAINRLAB_COURSE_PORT": str(ports[3]),
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "CONTAINRLAB_POOL": "0",
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school",
        "CONTAINRLAB_ADMIN_PASSWORD": f"{CANARY}-for-admins-who-are-many-characters-long",
        "CONTAINRLAB_TRIAL_PASSWORD": f"{CANARY}-trial",
        "CONTAINRLAB_OPERATOR_TOKEN": f"{CANARY}-of-the-operator",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "GITHUB_CLIENT_ID": CLIENT_ID,
        "GITHUB_CLIENT_SECRET_FILE": str(secret_file),
        "GEMINI_API_KEY": GEMINI_KEY,
    }
