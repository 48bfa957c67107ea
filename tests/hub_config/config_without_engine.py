"""Our configuration as a public course has it, but a session is a process of `tests/strange_server.py`."""

import sys
from pathlib import Path

from hub_config import authentication, limits

limits.ANSWER_SECONDS = 2
authentication.GITHUB_SECONDS = 3

from hub_config.apply import apply_config  # noqa: E402 - reads the constants above

TESTS = Path(__file__).parent.parent

c = get_config()  # noqa: F821 - JupyterHub's config loader provides it
apply_config(c)

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{Path.cwd()}/{{username}}"
c.Spawner.cmd = [sys.executable, str(TESTS / "strange_server.py")]
c.Spawner.http_timeout = 1
c.JupyterHub.cleanup_servers = True  # these sessions are processes, which nothing else would end
