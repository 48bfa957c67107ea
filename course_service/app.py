"""The course service as a Tornado application, and its life from start to stop."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from http import HTTPStatus
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado import web
from tornado.httpserver import HTTPServer

from hub_config.settings import Settings
from spawner.session_remains import SessionRemains

from .attempt_queue import AttemptQueue
from .catalogue import load_catalogue
from .course_file import CourseFile
from .database import upgrade_database
from .handlers import routes
from .hint_service import HintService
from .hub_servers import HubServers
from .identity_keeper import IdentityKeeper
from .lingering_close import LingeringClose
from .pages.page_routes import STATIC, page_routes
from .pages.static_files import StaticFiles
from .progress_store import ProgressStore
from .requests import CourseServices, NotFoundHandler
from .sandbox_stock import SandboxStock
from .session_clock import ClockPolicy
from .session_reconciler import SessionReconciler
from .session_store import SessionStore
from .session_watch import SessionWatch
from .store import Store

log = logging.getLogger(__name__)

BODY_SECONDS = 60.0
"""How long a request's body may take to come."""


def make_app(prefix: str, services: CourseServices) -> web.Application:
    """The application below `prefix`, such as ``/services/course/``."""
    return web.Application(
        [*page_routes(prefix, services), *routes(prefix, services)],
        log_function=log_request,
        # Whoever was signed in before a restart is so again without noticing: the hub knows their browser.
        cookie_secret=secrets.token_bytes(32),
        static_path=str(STATIC),
        static_url_prefix=f"{prefix}static/",
        static_handler_class=StaticFiles,
        default_handler_class=NotFoundHandler,
        default_handler_args={"services": services},
    )


def log_request(handler: web.RequestHandler) -> None:
    """One line for each request, without the query, as `CourseHandler` does."""
    request, status = handler.request, handler.get_status()
    level = logging.INFO if status < HTTPStatus.INTERNAL_SERVER_ERROR else logging.ERROR
    milliseconds = 1000 * request.request_time()
    log.log(level, "%s %s %s %.1f ms", status, request.method, request.path, milliseconds)


def make_server(app: web.Application) -> HTTPServer:
    """Limits are the handlers' own, so that they can be answered in JSON: tornado's just hangs up."""
    return HTTPServer(LingeringClose(app), xheaders=False, max_body_size=2**62, body_timeout=BODY_SECONDS)


async def serve(settings: Settings, hub_auth: HubOAuth, url: str, prefix: str) -> None:
    """Serve at `url` until the process is told to stop; then let no sandbox be left."""
    upgrade_database(settings.course_db_url)
    store = Store(settings.course_db_url)
    interrupted = store.close_unfinished()
    if interrupted:
        log.warning("%s attempts had been interrupted; they are not graded", interrupted)
    stock = SandboxStock(settings)
    queue = AttemptQueue(settings, store, stock)
    course = CourseFile(settings, load_catalogue(settings.labs_dir))
    progress = ProgressStore(settings.course_db_url)
    sessions = SessionStore(settings.course_db_url)
    hub = HubServers(hub_auth.api_url, hub_auth.api_token)
    watch = SessionWatch(hub, sessions, ClockPolicy.of(settings), instance=settings.instance)
    remains = SessionRemains(settings.state_dir, settings.instance)
    reconciler = SessionReconciler(hub, remains, instance=settings.instance)
    hints = HintService(settings, store)
    services = CourseServices(
        course, store, progress, sessions, queue, hub_auth, IdentityKeeper(store), watch, hints
    )
    server = make_server(make_app(prefix, services))
    stop = _stop_on_signal()
    address = urlsplit(url)
    stock.start()
    server.listen(address.port or 80, address.hostname or "127.0.0.1")
    log.info("Serving %s labs at %s%s", len(course.plan.assignments), url, prefix)
    tasks = [asyncio.create_task(work) for work in (watch.run(), reconciler.run(), stop.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # no session would end any more: raise, so that the hub starts us again
    finally:
        log.info("Stopping")
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        server.stop()
        await asyncio.to_thread(queue.close)
        await asyncio.to_thread(stock.close)
        await server.close_all_connections()
        for one in (hints, store, progress, sessions):
            one.close()


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
