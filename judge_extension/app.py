"""The server extension: reads its settings, and puts the handlers in place.

It is the one file of the server's side that reads the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyterlab_server.workspaces_handler import WorkspacesManager
from traitlets import Float, Unicode, default

from judge_extension.course_client import CourseClient
from judge_extension.download_handler import DOWNLOAD_ROUTES
from judge_extension.handlers import API_ROUTES, OTHER_ROUTES
from judge_extension.hint_handlers import HINT_ROUTES
from judge_extension.learner_labs import LearnerLabs
from judge_extension.open_handlers import OPEN_ROUTES
from judge_extension.page_files import page_file_routes
from judge_extension.workspace import Workspace

if TYPE_CHECKING:
    from jupyterlab_server.app import LabServerApp


class JudgeExtension(ExtensionApp):
    """Brings the course's labs and its judge into a learner's server."""

    name = "judge_extension"
    description = "Labs and their judge, in the learner's server."

    course_url = Unicode(
        config=True,
        help="""Where the course service answers, as this server sees it.

        Ends with /services/course/. Default: CONTAINRLAB_COURSE_URL. Empty: every request that needs the
        service says that it does not answer.""",
    )

    @default("course_url")
    def _default_course_url(self) -> str:
        return os.environ.get("CONTAINRLAB_COURSE_URL", "")

    course_host = Unicode(
        config=True,
        help="""The host name to ask the course service under, where it is not that of course_url.

        A hub with per-user subdomains knows its services by the name in the request. Default:
        CONTAINRLAB_COURSE_HOST; empty: the host of course_url.""",
    )

    @default("course_host")
    def _default_course_host(self) -> str:
        return os.environ.get("CONTAINRLAB_COURSE_HOST", "")

    course_timeout = Float(
        10.0,
        config=True,
        help="""Seconds that one request to the course service may take.

        Not how long an attempt may take: its events are waited for as long as they come.""",
    )

    def initialize_handlers(self) -> None:
        self.course = CourseClient(
            self.course_url, os.environ.get("JUPYTERHUB_API_TOKEN", ""), self.course_host, self.course_timeout
        )
        labs = LearnerLabs(self.course, Workspace(Path(self._server.root_dir)))
        api = {"course": self.course, "labs": labs}
        opening = {"labs": labs, "workspaces": WorkspacesManager(self._workspaces_dir())}
        api_routes = API_ROUTES + HINT_ROUTES + DOWNLOAD_ROUTES + OTHER_ROUTES
        self.handlers.extend(
            [(rf"/containrlab/{path}", handler, opening) for path, handler in OPEN_ROUTES]
            + [(rf"/containrlab/{path}", handler, api) for path, handler in api_routes]
        )
        # Extensions are loaded by name, so these come before JupyterLab's own for the same addresses.
        if lab := self._lab:
            self.handlers.extend(page_file_routes(lab, self._server.base_url))

    async def stop_extension(self) -> None:
        await self.course.close()

    @property
    def _server(self) -> ServerApp:
        if self.serverapp is None:
            raise RuntimeError("This extension is loaded by a server, not by itself")
        return self.serverapp

    @property
    def _lab(self) -> LabServerApp | None:
        apps: dict[str, Any] = self._server.extension_manager.extension_apps
        return next(iter(apps.get("jupyterlab", ())), None)

    def _workspaces_dir(self) -> str:
        """JupyterLab's own setting, so that it finds the layouts that we write."""
        if lab := self._lab:
            return str(lab.workspaces_dir)
        return str(Path(self._server.config_dir) / "lab" / "workspaces")
