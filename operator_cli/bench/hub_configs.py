"""The two hubs' jupyterhub_config.py, as text: the plain one, and ours with a token for the bench."""

from __future__ import annotations

TOKEN = "BENCH_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable in which a hub of the bench finds its API token."""

_TOKEN_FOR_THE_BENCH = f"""
c.JupyterHub.services = [*c.JupyterHub.services, {{"name": "bench", "api_token": os.environ["{TOKEN}"]}}]
c.JupyterHub.load_roles = [
    *c.JupyterHub.load_roles,
    {{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers", "list:users"]}},
]
"""

COURSE_CONFIG = "BENCH_COURSE_CONFIG"
"""Environment variable in which our hub of the bench finds a course's jupyterhub_config.py."""

OURS = f"""
import os

c = get_config()
load_subconfig(os.environ["{COURSE_CONFIG}"])
{_TOKEN_FOR_THE_BENCH}

def choose_image_store(spawner):
    spawner.image_store = spawner.user_options.get("image_store", "")


c.Spawner.pre_spawn_hook = choose_image_store
"""
"""A course's, but that a start may ask for another image store."""

PLAIN = f"""
import os

c = get_config()
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
{_TOKEN_FOR_THE_BENCH}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = f"http://127.0.0.1:{{os.environ['PLAIN_PORT']}}"
c.JupyterHub.hub_ip = os.environ["PLAIN_GATEWAY"]
c.JupyterHub.hub_port = int(os.environ["PLAIN_HUB_PORT"])
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{{os.environ['PLAIN_PROXY_API_PORT']}}"

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.prefix = os.environ["PLAIN_NAME"]
c.DockerSpawner.network_name = os.environ["PLAIN_NAME"]
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.remove = True
c.DockerSpawner.allowed_images = os.environ["PLAIN_IMAGES"].split(",")
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]
c.DockerSpawner.notebook_dir = "/workspace"
c.DockerSpawner.volumes = {{os.environ["PLAIN_NAME"] + "-{{username}}": "/workspace"}}
c.DockerSpawner.mem_limit = int(os.environ["PLAIN_MEMORY"])
c.DockerSpawner.cpu_limit = float(os.environ["PLAIN_CPUS"])
# As a session has: it tells only where others want the processors at the same time.
c.DockerSpawner.extra_host_config = {{"cpu_shares": int(os.environ["PLAIN_SHARES"])}}
c.DockerSpawner.http_timeout = 120  # a slow start is a reading too
c.DockerSpawner.start_timeout = 120
# The session image begins as root to start an engine; here it has none.
c.DockerSpawner.extra_create_kwargs = {{"entrypoint": [], "user": "1000"}}
"""
"""DockerSpawner as its README sets it up, on a network of the engine's, with the caps of a session."""
