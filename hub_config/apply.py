"""Applies every concern's configuration to JupyterHub; called by jupyterhub_config.py."""

from __future__ import annotations

from traitlets.config import Config

from .authentication import configure_authentication
from .limits import configure_limits
from .network import configure_network
from .pages import configure_pages
from .roles import configure_roles
from .services import configure_services
from .settings import load_settings
from .spawning import configure_spawning
from .web_security import configure_web_security


def apply_config(c: Config) -> None:
    """Set all of `c` from the environment. Raises `SettingError`."""
    settings = load_settings()
    configure_network(c, settings)
    configure_web_security(c, settings)
    configure_authentication(c, settings)
    configure_roles(c, settings)
    configure_spawning(c, settings)
    configure_services(c, settings)
    configure_limits(c, settings)
    configure_pages(c, settings)
