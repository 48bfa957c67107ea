"""Where the hub and its proxy listen, and where the hub keeps what must outlive it."""

from __future__ import annotations

from traitlets.config import Config

from .settings import Settings


def configure_network(c: Config, settings: Settings) -> None:
    """One port is open to browsers and sessions; all else listens on loopback."""
    # Sessions reach this port on the gateway of their own network, whose address is not known beforehand.
    # The firewall closes it to others until there is a public URL.
    c.JupyterHub.bind_url = f"http://0.0.0.0:{settings.port}"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings.hub_port}"
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_api_port}"
    if settings.public_url:
        c.JupyterHub.public_url = settings.public_url
        # Learners own the process that serves their pages: without a domain each, one learner's page could
        # act on the hub, or on another learner's server, as whoever looks at it.
        c.JupyterHub.subdomain_host = settings.public_url.rstrip("/")

    c.JupyterHub.db_url = f"sqlite:///{settings.state_dir / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(settings.state_dir / "jupyterhub_cookie_secret")
    c.ConfigurableHTTPProxy.command_umask = 0o077
    c.ConfigurableHTTPProxy.pid_file = str(settings.state_dir / "jupyterhub-proxy.pid")
