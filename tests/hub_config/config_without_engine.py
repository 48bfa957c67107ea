"""Our configuration as a public course has it, but for what no test has: GitHub, and a Docker engine.

Learners sign in with a shared password, and a session is a process of `tests/strange_server.py`.
"""

import sys
from pathlib import Path

from hub_config import limits

limits.ANSWER_SECONDS = 2

from hub_config.apply import apply_config  # noqa: E402 - reads the constant above

TESTS = Path(__file__).parent.parent

c = get_config()  # noqa: F821 - JupyterHub's config loader provides it
apply_config(c)

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = "learners-password"
c.SharedPasswordAuthenticator.admin_password = "an-admins-password-of-40-characters-more"
c.SharedPasswordAuthenticator.admin_users = {"teacher"}
c.SharedPasswordAuthenticator.allow_all = True

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{Path.cwd()}/{{username}}"
c.Spawner.cmd = [sys.executable, str(TESTS / "strange_server.py")]
c.Spawner.http_timeout = 1
