"""Fresh sandboxes for attempts: some are kept ready, each is given out once, and none is forgotten.

An attempt neither waits for a sandbox to start, where one is ready, nor for its own to be removed. One thread
keeps the spares ready and removes what nobody uses: what an attempt is done with, and what a crash left.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Protocol

from docker.errors import DockerException

from hub_config.settings import Settings
from spawner.disk_provider import remove_left_trials
from spawner.docker_engine import connect_engine, engine_errors
from spawner.errors import SpawnerError
from spawner.session_policy import Egress

from .errors import SandboxFault
from .sandbox import Sandbox
from .sandbox_life import (
    DISKS_FOLDER,
    Keeper,
    destroy_or_log,
    list_sandboxes,
    new_sandbox_name,
    start_sandbox,
)

log = logging.getLogger(__name__)

SPARE_EGRESS = Egress.PACKAGES
"""What spares are made for; a lab without egress gets a sandbox of its own."""

TEND_SECONDS = 30.0
CLOSE_SECONDS = 4.0  # the hub kills a service 5 s after it was told to stop
_ANSWER_SECONDS = 5


class SandboxSource(Protocol):
    """Where attempts get their sandboxes."""

    def open(self, egress: Egress, owner: str) -> AbstractContextManager[Sandbox]: ...

    def destroy_all(self) -> None: ...


class SandboxStock:
    """`start` begins tending; `close` leaves no sandbox behind."""

    def __init__(self, settings: Settings, keeper: Keeper = Keeper.COURSE) -> None:
        self._settings = settings
        self._keeper = keeper
        self._lock = threading.Lock()
        self._names: set[str] = set()
        """Every sandbox that is being made, used or removed: what is not here may be reaped."""
        self._spares: list[Sandbox] = []
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._removers = ThreadPoolExecutor(settings.judge_sandboxes, thread_name_prefix="sandbox-remover")
        self._tender = threading.Thread(target=self._tend, name="sandbox-stock", daemon=True)

    def start(self) -> None:
        """Remove what an earlier service left, and begin to keep spares ready."""
        self._tender.start()

    @contextmanager
    def open(self, egress: Egress, owner: str) -> Iterator[Sandbox]:
        """A sandbox that nobody has used; it is removed after the block, in the background.

        Raises of ``spawner.errors`` what keeps one from starting, and `SandboxFault`.
        """
        sandbox = self._take_spare() if egress is SPARE_EGRESS else None
        if sandbox is None:
            sandbox = self._make(egress, owner)
        else:
            # Its labels cannot be changed: this line tells whose the egress log's "spare" was.
            log.info("Spare sandbox %s is given to %s", sandbox.container, owner)
        try:
            yield sandbox
        finally:
            self._discard(sandbox)

    def destroy_all(self) -> None:
        """Remove every sandbox, whoever uses it; those that are being made go as soon as they are there."""
        for name in self._known_names():
            destroy_or_log(self._settings, name)

    def close(self) -> None:
        """Remove everything, and wait for it, as long as the hub lets a service stop."""
        self._closing.set()
        self._wake.set()
        deadline = time.monotonic() + CLOSE_SECONDS
        with self._lock:
            spares, self._spares = self._spares, []
        for spare in spares:
            self._discard(spare)
        self._removers.shutdown(wait=True)
        if self._tender.is_alive():
            self._tender.join(max(0.0, deadline - time.monotonic()))

    def reap(self) -> None:
        """Remove what no attempt and no spare of this service owns."""
        remove_left_trials(self._settings.state_dir / DISKS_FOLDER)
        for name in list_sandboxes(self._settings, self._keeper) - self._known_names():
            log.warning("Sandbox %s was left behind; it is removed", name)
            destroy_or_log(self._settings, name)

    def count_spares(self) -> int:
        """How many are ready now."""
        with self._lock:
            return len(self._spares)

    def _tend(self) -> None:
        while not self._closing.is_set():
            try:
                self.reap()
                self._refill()
            except (SpawnerError, SandboxFault, DockerException, OSError) as error:
                log.warning("No judge sandbox is kept ready: %s", error)
            self._wake.wait(TEND_SECONDS)
            self._wake.clear()

    def _refill(self) -> None:
        while self.count_spares() < self._settings.judge_spares and not self._closing.is_set():
            spare = self._make(SPARE_EGRESS, "spare")
            with self._lock:
                if not self._closing.is_set():
                    self._spares.append(spare)
                    continue
            self._remove(spare)

    def _make(self, egress: Egress, owner: str) -> Sandbox:
        name = new_sandbox_name(self._settings, self._keeper)
        with self._lock:
            self._names.add(name)
        try:
            return start_sandbox(self._settings, egress, owner, name)
        except BaseException:
            self._forget(name)
            raise

    def _take_spare(self) -> Sandbox | None:
        """A spare that is as a new one would be; others are removed."""
        while True:
            with self._lock:
                if not self._spares:
                    return None
                spare = self._spares.pop(0)
            if self._is_fresh(spare):
                return spare
            log.info("Spare sandbox %s is out of date or does not answer; it is removed", spare.container)
            self._discard(spare)

    def _is_fresh(self, spare: Sandbox) -> bool:
        """It answers, and was made from the session image that is current now."""
        try:
            with closing(connect_engine()) as engine, engine_errors():
                image = engine.inspect_image(self._settings.session_image)["Id"]  # type: ignore[no-untyped-call]
                made_from = engine.inspect_container(spare.container)["Image"]
            answer = spare.run(["docker", "version"], timeout_seconds=_ANSWER_SECONDS)
        except (SpawnerError, SandboxFault, DockerException):
            return False
        return bool(image == made_from and answer.succeeded)

    def _discard(self, sandbox: Sandbox) -> None:
        try:
            self._removers.submit(self._remove, sandbox)
        except RuntimeError:  # closed: an attempt that ended late
            self._remove(sandbox)

    def _remove(self, sandbox: Sandbox) -> None:
        sandbox.close()
        destroy_or_log(self._settings, sandbox.container)
        self._forget(sandbox.container)  # what could not be removed is the reaper's from now on
        self._wake.set()

    def _forget(self, name: str) -> None:
        with self._lock:
            self._names.discard(name)

    def _known_names(self) -> set[str]:
        with self._lock:
            return set(self._names)
