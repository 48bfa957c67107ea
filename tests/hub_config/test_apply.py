"""The real jupyterhub_config.py, loaded as JupyterHub loads it."""

from __future__ import annotations

import logging
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.services import service
from tornado.httpserver import HTTPServer
from tornado.web import HTTPError
from traitlets.config import Config, PyFileConfigLoader

from hub_config.capacity import GIBIBYTE, count_sessions
from hub_config.github_sign_in import GitHubSignIn
from hub_config.limits import LINE_LENGTH
from hub_config.services import RESTART_SECONDS
from hub_config.setting_parsers import parse_disk_provider
from hub_config.settings import SettingError
from spawner.disk_provider import DiskProviderName
from spawner.lab_spawner import LabSpawner
from spawner.session_policy import DiskLimit

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
    tornados_own = HTTPServer._save_configuration()

    def load(**environment: str) -> Config:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return PyFileConfigLoader("jupyterhub_config.py", path=str(ROOT)).load_config()

    yield load
    HTTPServer._restore_configuration(tornados_own)


@pytest.mark.parametrize("environment", [TRIAL, GITHUB], ids=["trial", "github"])
def test_every_configured_trait_exists(load_config, caplog: pytest.LogCaptureFixture, environment):
    config = load_config(**environment)
    logger = logging.getLogger("traits")
    for configurable in (JupyterHub, LabSpawner, SharedPasswordAuthenticator, GitHubSignIn):
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
    assert config.GitHubSignIn.allowed_organizations == {"school", "school:teachers"}
    assert "read:org" in config.GitHubSignIn.scope


def test_github_lets_in_who_is_allowed_now(load_config):
    config = load_config(**GITHUB, CONTAINRLAB_ALLOWED_USERS="guest")
    authenticator = GitHubSignIn(config=config)
    assert not authenticator.allow_all
    assert not authenticator.allow_existing_users


def test_github_enterprise_is_asked_where_one_is_named(load_config):
    authenticator = GitHubSignIn(config=load_config(**GITHUB, GITHUB_URL="https://github.example.org/"))
    assert authenticator.authorize_url == "https://github.example.org/login/oauth/authorize"
    assert authenticator.userdata_url == "https://github.example.org/api/v3/user"


@pytest.mark.parametrize(
    ("public_url", "is_secure"),
    [("https://labs.example.org", True), ("http://hub.localhost:8000", False), (None, False)],
)
def test_cookies_are_bound_to_https_where_there_is_https(load_config, public_url, is_secure):
    environment = {**GITHUB, "CONTAINRLAB_PUBLIC_URL": public_url} if public_url else TRIAL
    hub = load_config(**environment).JupyterHub
    assert hub.tornado_settings["cookie_options"].get("secure", False) is is_secure
    assert hub.cookie_host_prefix_enabled is is_secure


async def test_learner_chooses_no_image(load_config):
    spawner = LabSpawner(config=load_config(**TRIAL))
    assert await spawner.get_options_form() == ""
    with pytest.raises(HTTPError, match="not allowed"):
        await spawner.check_allowed("busybox")


def test_failing_starts_do_not_end_the_hub(load_config):
    assert LabSpawner(config=load_config(**TRIAL)).consecutive_failure_limit == 0


def test_hubs_environment_stays_with_the_hub(load_config):
    assert LabSpawner(config=load_config(**TRIAL)).env_keep == []


def test_public_url_gives_each_learner_a_domain(load_config):
    config = load_config(**GITHUB, CONTAINRLAB_PUBLIC_URL="https://labs.example.org/")
    assert config.JupyterHub.subdomain_host == "https://labs.example.org"
    assert config.LabSpawner.course_host == "course--service.labs.example.org"
    assert config.GitHubSignIn.oauth_callback_url == "https://labs.example.org/hub/oauth_callback"


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


def test_sessions_that_are_set_are_places_and_the_others_wait(load_config):
    config = load_config(**TRIAL, CONTAINRLAB_SESSIONS="3")
    assert LabSpawner(config=config).sessions_limit == 3
    assert config.JupyterHub.active_server_limit == 3 + LINE_LENGTH
    assert config.JupyterHub.concurrent_spawn_limit == 0, "who waits counts as starting"


def test_pool_is_as_large_as_is_set(load_config):
    now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert LabSpawner(config=load_config(**TRIAL)).wanted_pool(now) == 2
    config = load_config(
        **TRIAL,
        CONTAINRLAB_POOL="3",
        CONTAINRLAB_POOL_SCHEDULE="Thu 09:45-10:30 20",
        CONTAINRLAB_POOL_TIMEZONE="Europe/Zurich",
    )
    assert LabSpawner(config=config).wanted_pool(now) == 20
    assert LabSpawner(config=config).wanted_pool(now + timedelta(hours=1)) == 3


def test_wait_is_expected_from_the_courses_own_length_of_sessions(load_config):
    config = load_config(**TRIAL, CONTAINRLAB_SESSION_MINUTES="90")
    assert LabSpawner(config=config).usual_length == 90 * 60


def test_the_operators_command_is_a_service_where_it_has_a_token(load_config):
    def named_operator(config: Config) -> list[dict[str, object]]:
        both = (*config.JupyterHub.services, *config.JupyterHub.load_roles)
        return [one for one in both if one["name"] == "operator"]

    assert named_operator(load_config(**TRIAL)) == []
    service, role = named_operator(load_config(**TRIAL, CONTAINRLAB_OPERATOR_TOKEN="its token"))
    assert (service["api_token"], role["services"]) == ("its token", ["operator"])
    assert role["scopes"] == ["access:services!service=course", "custom:course:staff"]


def test_hub_has_a_page_of_its_own_for_who_waits(load_config):
    (folder,) = load_config(**TRIAL).JupyterHub.template_paths
    assert "waits" in (Path(folder) / "spawn_pending.html").read_text()


def test_limits_that_an_operator_sets_reach_the_sessions(load_config, tmp_path: Path):
    config = load_config(
        **TRIAL,
        CONTAINRLAB_STATE_DIR=str(tmp_path),
        CONTAINRLAB_SESSION_DISK_MB="512",
        CONTAINRLAB_WORKSPACE_MB="128",
        CONTAINRLAB_DISK_PROVIDER="loop",
        CONTAINRLAB_RUNTIME="kata",
    )
    spawner = LabSpawner(config=config)
    assert spawner.policy.engine_data == DiskLimit.of_mebibytes(512)
    assert spawner.policy.workspace == DiskLimit.of_mebibytes(128)
    assert (spawner.disk_provider, spawner.runtime) == ("loop", "kata")
    assert spawner.disks_folder == str(tmp_path)


def test_providers_that_may_be_set_are_those_that_there_are():
    assert {parse_disk_provider(name) for name in DiskProviderName} == {*DiskProviderName}


def test_a_service_that_has_ended_is_seen_within_seconds(load_config):
    load_config(**TRIAL)
    assert service._ServiceSpawner(cmd=["true"]).poll_interval == RESTART_SECONDS


def test_what_the_course_service_alone_may_know_goes_to_it_by_a_file(load_config, tmp_path: Path):
    secrets = {"CONTAINRLAB_DB_URL": "postgresql://course:hunter2@db/course", "GEMINI_API_KEY": "a key"}
    config = load_config(**TRIAL, **secrets, CONTAINRLAB_STATE_DIR=str(tmp_path))
    environment = config.JupyterHub.services[0]["environment"]
    for name, secret in secrets.items():
        assert name not in environment
        assert name not in os.environ, "the hub's proxy inherits this"
        file = Path(environment[f"{name}_FILE"])
        assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (secret, 0o600)
    again = load_config(**TRIAL, CONTAINRLAB_STATE_DIR=str(tmp_path))
    assert not {f"{name}_FILE" for name in secrets} & set(again.JupyterHub.services[0]["environment"])
    assert not (tmp_path / "db_url").exists()


def test_a_file_of_the_operators_own_stays_where_it_is(load_config, tmp_path: Path):
    file = tmp_path / "db_url"
    file.touch(mode=0o600)
    file.write_text("sqlite:///course.sqlite")
    config = load_config(**TRIAL, CONTAINRLAB_STATE_DIR=str(tmp_path), CONTAINRLAB_DB_URL_FILE=str(file))
    assert config.JupyterHub.services[0]["environment"]["CONTAINRLAB_DB_URL_FILE"] == str(file)
    assert file.read_text() == "sqlite:///course.sqlite"
