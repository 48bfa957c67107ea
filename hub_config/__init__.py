"""What an operator sets, and how JupyterHub is told of it."""
