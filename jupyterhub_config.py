"""JupyterHub's configuration of ContainrLab; what is set, and why, stands in hub_config/."""

from hub_config.apply import apply_config
from spawner.pool_keeper import keep_pool_with_hub

c = get_config()  # noqa: F821 - JupyterHub's config loader provides it
apply_config(c)
keep_pool_with_hub()
