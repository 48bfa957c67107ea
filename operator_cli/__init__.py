"""The operator's command `containrlab`: prepares the machine, runs the hub, judges a local folder.

Nothing is imported here, so that ``containrlab --help`` answers at once.
"""
