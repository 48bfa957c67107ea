"""JupyterHub's configuration of ContainrLab; what is set, and why, stands in hub_config/."""

from hub_config.apply import apply_config

c = get_config()  # noqa: F821 - JupyterHub's config loader provides it
apply_config(c)
