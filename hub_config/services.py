"""The services that the hub manages."""

from __future__ import annotations

import sys

from traitlets.config import Config

from .settings import Settings, pass_on_settings


def configure_services(c: Config, settings: Settings) -> None:
    """The course service: catalogue, judge and database, in a process of its own."""
    c.JupyterHub.services = [
        {
            "name": "course",
            "url": f"http://127.0.0.1:{settings.course_port}",
            "command": [sys.executable, "-m", "course_service"],
            "cwd": str(settings.state_dir),
            "environment": pass_on_settings(),
            "display": False,
        }
    ]
