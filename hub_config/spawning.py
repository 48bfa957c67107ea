"""How the hub starts a learner's session."""

from __future__ import annotations

from traitlets.config import Config

from .course_address import course_host
from .settings import Settings

START_TIMEOUT_SECONDS = 300
"""With the wait for its turn, where a whole class starts at once."""
SERVER_TIMEOUT_SECONDS = 60
POLL_SECONDS = 5
"""How soon the hub notices that a session has died, so that its learner can start it again."""

_MEBIBYTE = 1024**2
_FILES_PER_MEBIBYTE = 100


def configure_spawning(c: Config, settings: Settings) -> None:
    """`LabSpawner`, whose caps are its own defaults; one session a learner."""
    c.JupyterHub.spawner_class = "containrlab"
    c.JupyterHub.allow_named_servers = False
    # Sessions go on while the hub is started again; at a course's end, `containrlab up` removes them.
    c.JupyterHub.cleanup_servers = False

    c.LabSpawner.instance = settings.instance
    c.LabSpawner.image = settings.session_image
    c.LabSpawner.disks_folder = str(settings.state_dir)
    c.LabSpawner.disk_provider = settings.disk_provider
    c.LabSpawner.disk_limit = settings.session_disk_mb * _MEBIBYTE
    c.LabSpawner.disk_files_limit = settings.session_disk_mb * _FILES_PER_MEBIBYTE
    c.LabSpawner.workspace_limit = settings.workspace_mb * _MEBIBYTE
    c.LabSpawner.workspace_files_limit = settings.workspace_mb * _FILES_PER_MEBIBYTE
    c.LabSpawner.runtime = settings.runtime
    c.LabSpawner.session_networks = str(settings.session_networks)
    c.LabSpawner.bridge_prefix = settings.bridge_prefix
    c.LabSpawner.public_port = settings.port
    c.LabSpawner.egress_port = settings.egress_port
    c.LabSpawner.pool_size = settings.pool
    c.LabSpawner.pool_schedule = settings.pool_schedule
    c.LabSpawner.pool_timezone = settings.pool_timezone
    if (host := course_host(settings)) is not None:
        c.LabSpawner.course_host = host

    c.Spawner.notebook_dir = "/workspace"
    c.Spawner.default_url = "/containrlab/open"
    c.Spawner.disable_user_config = True
    c.Spawner.consecutive_failure_limit = 0  # learners whose starts fail must not be able to end the hub
    c.Spawner.poll_interval = POLL_SECONDS
    c.Spawner.start_timeout = START_TIMEOUT_SECONDS
    c.Spawner.http_timeout = SERVER_TIMEOUT_SECONDS
