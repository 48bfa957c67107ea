"""How a session starts: policy, rendering, network, image store, and JupyterHub's spawner on top.

Nothing is imported here, so that the course service can use the parts without loading JupyterHub.
"""
