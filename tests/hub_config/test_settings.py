"""The settings table: what is read, what is refused, and what is handed on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub_config.settings import SettingError, Settings, describe_settings, name_paths, pass_on_settings


def test_defaults_make_a_local_trial():
    settings = Settings.from_environment({})
    assert settings.is_trial
    assert settings.public_url is None
    assert settings.port == 8000
    assert settings.course_db_url == f"sqlite:///{settings.state_dir}/course.sqlite"


def test_values_are_parsed():
    settings = Settings.from_environment(
        {
            "CONTAINRLAB_PORT": "9000",
            "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school, school:teachers ,",
            "CONTAINRLAB_SESSION_NETWORKS": "10.99.0.0/20",
            "CONTAINRLAB_EGRESS_PRIVATE": "10.20.0.0/16, 192.168.1.5,fd00::/8",
            "CONTAINRLAB_DB_URL": "postgresql://db/course",
        }
    )
    assert settings.port == 9000
    assert settings.allowed_organizations == ("school", "school:teachers")
    assert str(settings.session_networks) == "10.99.0.0/20"
    assert [str(one) for one in settings.egress_private] == ["10.20.0.0/16", "192.168.1.5/32", "fd00::/8"]
    assert settings.course_db_url == "postgresql://db/course"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("CONTAINRLAB_PORT", "eighty", "eighty"),
        ("CONTAINRLAB_PORT", "70000", "not a port"),
        ("CONTAINRLAB_EGRESS_PRIVATE", "10.0.0.1/8", "host bits"),
        ("CONTAINRLAB_JUDGE_SANDBOXES", "0", "not 1 or more"),
        ("CONTAINRLAB_SESSIONS", "0", "not 1 or more"),
        ("CONTAINRLAB_POOL", "-1", "less than 0"),
        ("CONTAINRLAB_POOL_SCHEDULE", "Mon 9-10 20", "entry 1, 'Mon 9-10 20': '9-10' is not a span of time"),
        ("CONTAINRLAB_POOL_TIMEZONE", "Europe/Zürich", "Did you mean Europe/Zurich"),
        ("CONTAINRLAB_WORKSPACE_MB", "10", "not 64 or more"),
        ("CONTAINRLAB_DISK_PROVIDER", "zfs", "not auto, loop, xfs, tmpfs or none"),
        ("CONTAINRLAB_SESSION_NETWORKS", "10.213.0.1/16", "host bits"),
        ("CONTAINRLAB_BRIDGE_PREFIX", "too-long", "lower-case"),
        ("CONTAINRLAB_EXTRA_CA", "/no/such/bundle.pem", "no such file"),
        ("CONTAINRLAB_PRT", "9000", "no such setting"),
        ("GEMINI_TEMPERATURE", "2.1", "not from 0 to 2"),
        ("GEMINI_MAX_OUTPUT_TOKENS", "0", "not 1 or more"),
        ("GEMINI_TIMEOUT_SECONDS", "0", "not more than 0"),
        ("GEMINI_TIMEOUT_SECONDS", "nan", "not more than 0"),
        ("GEMINI_URL", "proxy.example.org", "not an address"),
        ("GEMINI_URL", "ftp://proxy.example.org", "not an address"),
        pytest.param(
            "GEMINI_URL", "https://me:pw@proxy.example.org", "not an address", id="is shown in the log"
        ),
        ("GEMINI_SDK", "openai", "not google-genai or google-generativeai"),
        ("CONTAINRLAB_DB_URL_FILE", "/no/such/file", "cannot be read"),
    ],
)
def test_bad_value_names_its_variable_and_the_problem(name: str, value: str, problem: str):
    with pytest.raises(SettingError, match=problem) as caught:
        Settings.from_environment({name: value})
    assert caught.value.name == name


def test_secret_is_read_from_a_file(tmp_path: Path):
    secret_file = tmp_path / "secret"
    secret_file.write_text("s3cret\n")
    settings = Settings.from_environment({"GITHUB_CLIENT_SECRET_FILE": str(secret_file)})
    assert settings.github_client_secret == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("mode", "is_warned_of"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
)
def test_secret_in_a_file_that_others_may_read_is_warned_of(
    tmp_path: Path, caplog, mode: int, is_warned_of: bool
):
    secret_file = tmp_path / "secret"
    secret_file.write_text("s3cret\n")
    secret_file.chmod(mode)
    Settings.from_environment({"GITHUB_CLIENT_SECRET_FILE": str(secret_file)})
    assert (f"chmod 600 {secret_file}" in caplog.text) is is_warned_of
    assert "s3cret" not in caplog.text


def test_file_of_what_is_no_secret_may_be_read_by_others(tmp_path: Path, caplog):
    file = tmp_path / "organisations"
    file.write_text("school\n")
    file.chmod(0o644)
    Settings.from_environment({"CONTAINRLAB_ALLOWED_ORGANIZATIONS_FILE": str(file)})
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("environment", "admins"),
    [
        ({}, ("teacher",)),
        pytest.param({"GITHUB_CLIENT_ID": "id"}, (), id="on GitHub, teacher is a stranger"),
        ({"GITHUB_CLIENT_ID": "id", "CONTAINRLAB_ADMIN_USERS": "gray"}, ("gray",)),
    ],
)
def test_admins_by_default(environment: dict[str, str], admins: tuple[str, ...]):
    assert Settings.from_environment(environment).admins == admins


def test_a_setting_that_is_itself_a_file_is_known_by_its_name(tmp_path: Path):
    file = tmp_path / "course.yaml"
    file.touch()
    assert Settings.from_environment({"CONTAINRLAB_COURSE_FILE": str(file)}).course_file == file


def test_a_path_means_the_same_to_a_child_in_another_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course.yaml").touch()
    given = {"CONTAINRLAB_COURSE_FILE": "course.yaml", "GITHUB_CLIENT_SECRET_FILE": "secret"}
    for name, value in {**given, "CONTAINRLAB_PORT": "9000"}.items():
        monkeypatch.setenv(name, value)
    assert name_paths() == {name: str(tmp_path / value) for name, value in given.items()}


def test_value_and_file_at_once_is_refused(tmp_path: Path):
    secret_file = tmp_path / "secret"
    secret_file.write_text("one")
    with pytest.raises(SettingError, match="given twice"):
        Settings.from_environment(
            {"GITHUB_CLIENT_SECRET": "two", "GITHUB_CLIENT_SECRET_FILE": str(secret_file)}
        )


def test_extra_ca_defaults_to_the_machines_own_bundle(tmp_path: Path):
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    assert Settings.from_environment({"SSL_CERT_FILE": str(bundle)}).extra_ca == bundle


def test_secrets_are_not_passed_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("CONTAINRLAB_TRIAL_PASSWORD", "s3cret")
    monkeypatch.setenv("CONTAINRLAB_PORT", "9000")
    passed_on = pass_on_settings()
    assert passed_on["CONTAINRLAB_PORT"] == "9000"
    assert "s3cret" not in passed_on.values()


def test_of_what_only_the_course_may_know_a_files_name_is_passed_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GEMINI_API_KEY", "s3cret")
    monkeypatch.setenv("GEMINI_API_KEY_FILE", "/run/secrets/gemini")
    passed_on = pass_on_settings()
    assert "GEMINI_API_KEY" not in passed_on
    assert passed_on["GEMINI_API_KEY_FILE"] == "/run/secrets/gemini"
    assert "GEMINI_API_KEY" not in os.environ
    assert "s3cret" not in repr(Settings.from_environment({"GEMINI_API_KEY": "s3cret"}))


def test_every_setting_is_described():
    for name, default, meaning in describe_settings():
        assert name.isupper()
        assert default
        assert meaning.endswith(".")
