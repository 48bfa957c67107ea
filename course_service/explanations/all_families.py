"""All that is recognised. Of two entries that fit the same line equally well, the first one here is told."""

from __future__ import annotations

from .buildkit import BUILDKIT
from .docker_command import DOCKER_COMMAND
from .docker_run import DOCKER_RUN
from .dockerfile import DOCKERFILE
from .entry import Family
from .node import NODE
from .npm import NPM
from .pip import PIP
from .python import PYTHON
from .shell import SHELL

FAMILIES: tuple[Family, ...] = (
    DOCKERFILE,
    BUILDKIT,
    DOCKER_RUN,
    DOCKER_COMMAND,
    PIP,
    NPM,
    PYTHON,
    NODE,
    SHELL,
)
