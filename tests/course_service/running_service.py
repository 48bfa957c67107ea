"""The course service served over real HTTP, with a small stand-in for the hub."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from jupyterhub.httpclient import JupyterHubHTTPClient
from tornado.testing import bind_unused_port

from course_service.app import make_app, make_server
from course_service.attempt_queue import AttemptQueue
from course_service.authentication import make_hub_auth
from course_service.catalogue import load_catalogue
from course_service.course_file import CourseFile
from course_service.hint_service import HintService
from course_service.hub_servers import HubServers
from course_service.identity_keeper import IdentityKeeper
from course_service.progress_store import ProgressStore
from course_service.requests import CourseServices
from course_service.session_clock import ClockPolicy
from course_service.session_store import SessionStore
from course_service.session_watch import SessionWatch
from course_service.store import Store
from hub_config.settings import Settings

from .hub_stand_in import HubStandIn
from .page_visitor import PageVisitor
from .sandbox_stand_ins import OneSandbox, WillingSandbox

PREFIX = "/services/course/"


@dataclass
class RunningService:
    """A served course and how to ask it."""

    port: int
    hub: HubStandIn
    sandbox: WillingSandbox
    client: httpx.AsyncClient
    watch: SessionWatch
    hints: HintService
    cookie_secret: bytes
    visitors: list[PageVisitor] = field(default_factory=list)

    def visitor(self, token: str = "alice-token") -> PageVisitor:
        """A browser that the hub's OAuth has given this token."""
        visitor = PageVisitor(str(self.client.base_url), self.cookie_secret, token)
        self.visitors.append(visitor)
        return visitor

    async def ask(self, method: str, path: str, token: str = "alice-token", **request) -> httpx.Response:
        headers = {"Authorization": f"token {token}"} if token else {}
        headers.update(request.pop("headers", {}))
        return await self.client.request(method, path, headers=headers, **request)

    async def get(self, path: str, token: str = "alice-token") -> httpx.Response:
        return await self.ask("GET", path, token)

    async def check(self, files: bytes, token: str = "alice-token") -> httpx.Response:
        return await self.ask("POST", "api/judge/lab1", token, content=files)


@asynccontextmanager
async def serve_course(
    settings: Settings, store: Store, sandbox: WillingSandbox
) -> AsyncIterator[RunningService]:
    """The course service, listening; attempts are judged in `sandbox`."""
    hub = HubStandIn()
    queue = AttemptQueue(settings, store, OneSandbox(sandbox))
    hub_auth = make_hub_auth(
        {
            "JUPYTERHUB_API_URL": hub.api_url,
            "JUPYTERHUB_API_TOKEN": "own-token",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_CLIENT_ID": "service-course",
        },
        settings,
    )
    sessions = SessionStore(settings.course_db_url)
    watch = SessionWatch(
        HubServers(hub.api_url, "own-token"),
        sessions,
        ClockPolicy.of(settings),
        instance=settings.instance,
    )
    course = CourseFile(settings, load_catalogue(settings.labs_dir))
    progress = ProgressStore(settings.course_db_url)
    hints = HintService(settings, store)
    services = CourseServices(
        course, store, progress, sessions, queue, hub_auth, IdentityKeeper(store), watch, hints
    )
    app = make_app(PREFIX, services)
    server = make_server(app)
    socket, port = bind_unused_port()
    server.add_socket(socket)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{PREFIX}", trust_env=False) as client:
        service = RunningService(port, hub, sandbox, client, watch, hints, app.settings["cookie_secret"])
        try:
            yield service
        finally:
            for visitor in service.visitors:
                await visitor.close()
    server.stop()
    await server.close_all_connections()
    await JupyterHubHTTPClient.loop_instance().close()  # else a later test finds it unclosed
    hub.stop()
    await asyncio.to_thread(queue.close)
    hints.close()
    sessions.close()
    progress.close()


async def read_events(
    service: RunningService,
    attempt_id: int,
    token: str = "alice-token",
    connected: asyncio.Semaphore | None = None,
):
    """Every event of the attempt, as (name, data); `connected` is released once the first can come."""
    headers = {"Authorization": f"token {token}"}
    events = []
    async with (
        asyncio.timeout(20),
        service.client.stream("GET", f"api/attempts/{attempt_id}/events", headers=headers) as response,
    ):
        assert response.headers["Content-Type"] == "text/event-stream"
        if connected is not None:
            connected.release()
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    return events
