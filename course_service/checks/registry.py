"""Every kind of check by the name that lab.yaml calls it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .builds import Builds
from .command_output import CommandOutput
from .copy_from import CopyFrom
from .dockerignore import Dockerignore
from .file_exists import FileExists
from .image_excludes import ImageExcludes
from .image_size import ImageSize
from .layer_order import LayerOrder
from .named_builder import NamedBuilder
from .pip_no_cache import PipNoCache
from .rebuild_reuses import RebuildReuses
from .runs_as_non_root import RunsAsNonRoot
from .serves_http import ServesHttp
from .stages import Stages

AnyCheck = Annotated[
    Builds
    | CommandOutput
    | CopyFrom
    | Dockerignore
    | FileExists
    | ImageExcludes
    | ImageSize
    | LayerOrder
    | NamedBuilder
    | PipNoCache
    | RebuildReuses
    | RunsAsNonRoot
    | ServesHttp
    | Stages,
    Field(discriminator="kind"),
]
