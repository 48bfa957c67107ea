"""Every kind of check by the name that lab.yaml calls it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .builds import Builds
from .dockerignore import Dockerignore
from .file_exists import FileExists
from .serves_http import ServesHttp

AnyCheck = Annotated[FileExists | Dockerignore | Builds | ServesHttp, Field(discriminator="kind")]
