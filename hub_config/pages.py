"""The hub's own pages, where learners need another than JupyterHub's."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from .course_address import course_address
from .settings import Settings

TEMPLATES = Path(__file__).parent / "templates"


def configure_pages(c: Config, settings: Settings) -> None:
    """The course's labs are where everybody comes after the sign-in, and a link on every page."""
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = {"labs_url": course_address(settings)}
    c.JupyterHub.default_url = course_address(settings)
