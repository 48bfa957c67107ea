"""The hub's own pages, where learners need another than JupyterHub's."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

TEMPLATES = Path(__file__).parent / "templates"


def configure_pages(c: Config) -> None:
    """The page of a session that starts: place in line and expected wait."""
    c.JupyterHub.template_paths = [str(TEMPLATES)]
