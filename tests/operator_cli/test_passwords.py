"""The passwords of a trial: made once, kept for their owner alone, and never in place of the operator's."""

from __future__ import annotations

import re
from dataclasses import replace

from hub_config.settings import Settings
from operator_cli.passwords import (
    admin_password,
    admin_password_file,
    make_operator_token,
    operator_token,
    trial_password,
    trial_password_file,
)


def test_made_once(settings: Settings):
    assert trial_password(settings) == trial_password(settings)
    assert admin_password(settings) == admin_password(settings)


def test_trial_password_is_easy_to_type(settings: Settings):
    assert re.fullmatch(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", trial_password(settings))


def test_admin_password_is_long_enough_for_the_hub(settings: Settings):
    assert len(admin_password(settings)) >= 32


def test_kept_for_the_owner_alone(settings: Settings):
    trial_password(settings)
    admin_password(settings)
    assert settings.state_dir.stat().st_mode & 0o777 == 0o700
    for file in (
        trial_password_file(settings),
        admin_password_file(settings),
        make_operator_token(settings),
    ):
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_operators_own_is_taken_and_not_written(settings: Settings):
    own = replace(settings, trial_password="correct horse", admin_password="x" * 32)
    assert (trial_password(own), admin_password(own)) == ("correct horse", "x" * 32)
    assert not settings.state_dir.exists()


def test_operators_token_is_made_at_a_start_alone(settings: Settings):
    assert operator_token(settings) is None
    assert not settings.state_dir.exists()
    made = make_operator_token(settings).read_text().strip()
    assert (operator_token(settings), make_operator_token(settings).read_text().strip()) == (made, made)
    assert len(made) >= 32
    assert operator_token(replace(settings, operator_token="own")) == "own"
