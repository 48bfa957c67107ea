"""The services of the hub: two that it runs, and the operator's command, which only has a token there."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any

from jupyterhub.services import service
from jupyterhub.services.service import _ServiceSpawner
from traitlets.config import Config

from .roles import OPERATOR, STAFF_SCOPE
from .setting_table import PREFIX, course_secrets
from .settings import Settings, pass_on_settings
from .web_security import cookie_options

CULL_EVERY_SECONDS = 60
RESTART_SECONDS = 5
"""How soon the hub sees that a service has ended, and starts it again."""

MAX_AGE_SLACK_MINUTES = 10
"""How much later than the clock the backstop is, so that a clock that works is never forestalled."""


def configure_services(c: Config, settings: Settings) -> None:
    """The course service: catalogue, judge, session clock and database; beside it, who ends idle sessions."""
    # JupyterHub looks every 30 s, and has no setting for it.
    service._ServiceSpawner = partial(_ServiceSpawner, poll_interval=RESTART_SECONDS)
    services: list[dict[str, Any]] = [
        {
            "name": "course",
            "url": f"http://127.0.0.1:{settings.course_port}",
            "command": [sys.executable, "-m", "course_service"],
            "cwd": str(settings.state_dir),
            "environment": {
                **_settings_of_course(settings),
                # JupyterHub tells servers of these, but not services.
                "JUPYTERHUB_COOKIE_OPTIONS": json.dumps(cookie_options(settings)),
            },
            "display": False,
            # It is the hub's own: nobody needs to be asked whether it may know who they are.
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [STAFF_SCOPE],
        },
        {
            "name": "idle-culler",
            "command": [
                sys.executable,
                "-m",
                "hub_config.idle_culler",
                f"--timeout={_seconds(settings.idle_minutes)}",
                # A backstop only: the course service's clock ends sessions before.
                f"--max-age={_seconds(settings.longest_session_minutes + MAX_AGE_SLACK_MINUTES)}",
                f"--cull-every={CULL_EVERY_SECONDS}",
            ],
            "environment": pass_on_settings(),
            "display": False,
        },
    ]
    if settings.operator_token:
        services.append({"name": OPERATOR, "api_token": settings.operator_token, "display": False})
    c.JupyterHub.services = services


def _settings_of_course(settings: Settings) -> dict[str, str]:
    """JupyterHub keeps a service's environment in its database, as it is: a secret goes by a file."""
    environment = pass_on_settings()
    for name, secret in course_secrets(settings).items():
        file = settings.state_dir / name.removeprefix(PREFIX).lower()
        if secret is None:
            file.unlink(missing_ok=True)  # an earlier start may have kept one
            continue
        if f"{name}_FILE" in environment:
            continue
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.write(secret)
        environment[f"{name}_FILE"] = str(file)
    return environment


def _seconds(minutes: float) -> int:
    """The culler takes whole seconds, and 0 for never."""
    return max(1, round(minutes * 60))
