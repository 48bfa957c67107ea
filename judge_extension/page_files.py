"""JupyterLab's own files for browsers, sent as the image keeps them: compressed, and for good.

JupyterLab's handlers would send the files as they are, seven megabytes at the first opening, and let browsers
ask again after each file of an extension at every opening. Ours come before them; other servers that load
this extension, without compressed files, answer as ever.
"""

from __future__ import annotations

import mimetypes
import os
import re
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.utils import url_path_join

if TYPE_CHECKING:
    from jupyterlab_server.app import LabServerApp

COMPRESSED = ".gz"
_HAS_HASH = re.compile(r"(^|\.)[0-9a-f]{16,}\.\w+$")
"""File names that webpack gives: other content has another name."""


class PageFileHandler(FileFindHandler):
    """A file of JupyterLab's page."""

    _is_compressed = False

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        compressed = absolute_path + COMPRESSED
        takes_gzip = "gzip" in self.request.headers.get("Accept-Encoding", "")
        self._is_compressed = absolute_path != "" and takes_gzip and os.path.isfile(compressed)
        chosen = compressed if self._is_compressed else absolute_path
        path: str | None = super().validate_absolute_path(root, chosen)
        return path

    def get_content_type(self) -> str:
        if self._is_compressed:
            return mimetypes.guess_type(self.path)[0] or "application/octet-stream"
        content_type: str = super().get_content_type()
        return content_type

    def set_headers(self) -> None:
        super().set_headers()
        self.set_header("Vary", "Accept-Encoding")
        if self._is_compressed:
            self.set_header("Content-Encoding", "gzip")
        if _HAS_HASH.search(self.request.path):
            self.set_header("Cache-Control", "public, max-age=31536000, immutable")


Route = tuple[str, type[FileFindHandler], dict[str, Any]]


def page_file_routes(lab: LabServerApp, base_url: str) -> list[Route]:
    """Handlers of JupyterLab's files and its extensions', for their addresses below `base_url`."""
    own = url_path_join(lab.static_url_prefix.removeprefix(base_url.rstrip("/")), "(.*)")
    extensions = url_path_join(lab.labextensions_url, "(.*)")
    folders = [*lab.extra_labextensions_path, *lab.labextensions_path]
    return [
        (own, PageFileHandler, {"path": [lab.static_dir]}),
        # Links as JupyterLab follows them: an extension that is worked on is one.
        (extensions, PageFileHandler, {"path": folders, "follow_dir_symlinks": True}),
    ]
