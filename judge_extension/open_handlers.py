"""The pages that open a lab: its files in place, its terminal up, JupyterLab arranged around both.

A learner gets to JupyterLab whatever state the course service is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from judge_extension.errors import CourseServiceRefused, CourseServiceUnavailable, WorkspaceBlocked
from judge_extension.lab_layout import ensure_layout, ensure_terminal
from judge_extension.slugs import SLUG_PATTERN
from judge_extension.workspace import NOTEBOOK

if TYPE_CHECKING:
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    from judge_extension.learner_labs import LearnerLabs


class OpenLabHandler(JupyterHandler):
    auth_resource = "containrlab"

    def initialize(self, labs: LearnerLabs, workspaces: WorkspacesManager) -> None:
        self.labs = labs
        self.workspaces = workspaces

    @web.authenticated
    @authorized
    async def get(self, slug: str = "") -> None:
        self.redirect(url_path_join(self.base_url, "lab", await self._open(slug)))

    async def _open(self, slug: str) -> str:
        """Where in JupyterLab the learner is taken."""
        try:
            slug = slug or self.labs.last_opened or await self.labs.first_open() or ""
            if not slug:
                self.log.info("No lab of the course is open yet")
                return ""
            await self.labs.ensure_files(slug)
        except CourseServiceUnavailable as error:
            self.log.warning("Opening %s without its files: %s", slug or "the first lab", error.reason)
            return ""
        except CourseServiceRefused as error:
            raise web.HTTPError(error.status, error.message) from error
        except WorkspaceBlocked as error:
            raise web.HTTPError(409, f"{error.message} {error.hint}") from error
        self.labs.last_opened = slug
        if self.settings.get("terminals_available"):
            ensure_terminal(self.terminal_manager, slug, self.labs.folder(slug))
        ensure_layout(self.workspaces, slug)
        # The path after the workspace brings the notebook back where the learner had closed it.
        return f"workspaces/{slug}/tree/{slug}/{NOTEBOOK}"


OPEN_ROUTES: list[tuple[str, type[JupyterHandler]]] = [
    (r"open/?", OpenLabHandler),
    (rf"open/({SLUG_PATTERN})", OpenLabHandler),
]
