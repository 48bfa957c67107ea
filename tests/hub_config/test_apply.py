"""The real jupyterhub_config.py, loaded as JupyterHub loads it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from traitlets.config import Config, PyFileConfigLoader

from hub_config.capacity import GIBIBYTE, count_sessions
from hub_config.settings import SettingError
from spawner.lab_spawner import LabSpawner

ROOT = Path(__file__).parent.parent.parent
TRIAL = {"CONTAINRLAB_TRIAL_PASSWORD": "correct horse"}
GITHUB = {
    "GITHUB_CLIENT_ID": "id",
    "GITHUB_CLIENT_SECRET": "secret",
    "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school,school:teachers",
}


@pytest.fixture
def load_config(monkeypatch: pytest.MonkeyPatch):
    """Loads jupyterhub_config.py with these environment variables."""

    def load(**environment: str) -> Config:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return PyFileConfigLoader("jupyterhub_config.py", path=str(ROOT)).load_config()

    return load


@pytest.mark.parametrize("environment", [TRIAL, GITHUB], ids=["trial", "github"])
def test_every_configured_trait_exists(load_config, caplog: pytest.LogCaptureFixture, environment):
    config = load_config(**environment)
    logger = logging.getLogger("traits")
    for configurable in (JupyterHub, LabSpawner, SharedPasswordAuthenticator, GitHubOAuthenticator):
        configurable(config=config, log=logger)
    assert "not recognized" not in caplog.text


def test_trial_takes_the_shared_password(load_config):
    config = load_config(**TRIAL)
    assert config.SharedPasswordAuthenticator.user_password == "correct horse"
    assert config.SharedPasswordAuthenticator.allow_all


def test_trial_without_password_says_what_to_set(load_config):
    with pytest.raises(SettingError, match="containrlab up"):
        load_config()


def test_public_url_needs_github(load_config):
    with pytest.raises(SettingError, match="needs GitHub sign-in"):
        load_config(**TRIAL, CONTAINRLAB_PUBLIC_URL="https://labs.example.org")


def test_github_that_lets_nobody_in_is_refused(load_config):
    with pytest.raises(SettingError, match="nobody could sign in"):
        load_config(GITHUB_CLIENT_ID="id", GITHUB_CLIENT_SECRET="secret")


def test_github_organisations_and_teams_are_allowed(load_config):
    config = load_config(**GITHUB)
    assert config.GitHubOAuthenticator.allowed_organizations == {"school", "school:teachers"}
    assert "read:org" in config.GitHubOAuthenticator.scope


def test_public_url_gives_each_learner_a_domain(load_config):
    config = load_config(**GITHUB, CONTAINRLAB_PUBLIC_URL="https://labs.example.org/")
    assert config.JupyterHub.subdomain_host == "https://labs.example.org"
    assert config.LabSpawner.course_host == "course--service.labs.example.org"
    assert config.GitHubOAuthenticator.oauth_callback_url == "https://labs.example.org/hub/oauth_callback"


def test_only_the_public_port_is_off_loopback(load_config):
    config = load_config(**TRIAL)
    assert config.JupyterHub.bind_url == "http://0.0.0.0:8000"
    assert config.JupyterHub.hub_bind_url.startswith("http://127.0.0.1:")
    assert config.ConfigurableHTTPProxy.api_url.startswith("http://127.0.0.1:")
    assert config.JupyterHub.services[0]["url"].startswith("http://127.0.0.1:")


def test_secrets_stay_with_the_hub(load_config):
    config = load_config(**GITHUB, **TRIAL)
    assert "secret" not in config.JupyterHub.services[0]["environment"].values()
    assert "correct horse" not in config.JupyterHub.services[0]["environment"].values()


@pytest.mark.parametrize(
    ("gibibytes", "judge_sandboxes", "sessions"),
    [(24, 2, 12), (8, 2, 2), pytest.param(2, 2, 1, id="too small, but a teacher can still try it")],
)
def test_sessions_are_limited_by_memory(gibibytes: int, judge_sandboxes: int, sessions: int):
    assert count_sessions(gibibytes * GIBIBYTE, judge_sandboxes) == sessions
