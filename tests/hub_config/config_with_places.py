"""As `config_without_github.py`, with the line before the places that sessions of the engine have."""

from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

from spawner.queued_start import QueuedStart
from spawner.session_end import KnownEnd

load_subconfig(str(Path(__file__).with_name("config_without_github.py")))  # noqa: F821 - by the loader
c = get_config()  # noqa: F821


class QueuedProcess(KnownEnd, QueuedStart, SimpleLocalProcessSpawner):
    """Waits for a place, then starts a process, and knows how it ended."""


c.JupyterHub.spawner_class = QueuedProcess
c.JupyterHub.tornado_settings["slow_spawn_timeout"] = 0.5  # how long a request for a server waits for it
c.QueuedProcess.sessions_limit = c.LabSpawner.sessions_limit
c.QueuedProcess.usual_length = c.LabSpawner.usual_length
c.Spawner.http_timeout = 20  # none of these sessions keeps silent, and a busy machine starts one slowly
c.Spawner.poll_interval = 1  # for a session that crashes
