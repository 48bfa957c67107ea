"""The same as `config_without_engine.py`, but that learners sign in with a shared password."""

from pathlib import Path

c = get_config()  # noqa: F821 - JupyterHub's config loader provides it
load_subconfig(str(Path(__file__).with_name("config_without_engine.py")))  # noqa: F821 - and this

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = "learners-password"
c.SharedPasswordAuthenticator.admin_password = "an-admins-password-of-40-characters-more"
c.SharedPasswordAuthenticator.admin_users = {"teacher"}
c.SharedPasswordAuthenticator.allow_all = True
