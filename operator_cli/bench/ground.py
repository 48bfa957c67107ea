"""What the parts of the bench stand on: hubs that are started when a part first needs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property

import docker

from hub_config.settings import Settings

from ..errors import AlreadyRunning
from ..locks import make_state_dir, try_state_lock
from ..progress import Progress
from .bench_hub import BenchHub
from .own_hub import own_hub
from .plain_hub import plain_hub
from .plain_image import ensure_plain_image

POOL = 2
"""Warm sessions that the warm hub keeps: a course's default."""


class Ground:
    """Hubs of one run; all end with it."""

    def __init__(
        self, engine: docker.APIClient, settings: Settings, progress: Progress, stack: ExitStack
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.progress = progress
        self._stack = stack
        self._folder = make_state_dir(settings) / "bench"

    @cached_property
    def plain_image(self) -> str:
        """JupyterLab as pip installs it."""
        return ensure_plain_image(self.engine, self.settings, self.progress)

    @cached_property
    def plain(self) -> BenchHub:
        """Plain DockerSpawner."""
        images = [self.plain_image, self.settings.session_image]
        return self._stack.enter_context(
            plain_hub(self.engine, self.settings, self._folder / "plain", images, self.progress)
        )

    @cached_property
    def cold(self) -> BenchHub:
        """Ours without a warm pool."""
        return self._own("cold", pool=0)

    @cached_property
    def warm(self) -> BenchHub:
        """Ours with one."""
        return self._own("warm", pool=POOL)

    def _own(self, name: str, pool: int) -> BenchHub:
        return self._stack.enter_context(
            own_hub(self.engine, self.settings, self._folder / name, pool=pool, progress=self.progress)
        )


@contextmanager
def bench_ground(engine: docker.APIClient, settings: Settings, progress: Progress) -> Iterator[Ground]:
    """A ground for one run, which leaves nothing. Raises `AlreadyRunning` where another bench runs."""
    with try_state_lock(settings, "bench") as is_ours:
        if not is_ours:
            raise AlreadyRunning(
                "A bench runs already",
                f"another `containrlab bench` works in {settings.state_dir}",
                "wait for it to end",
            )
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, settings.state_dir / "bench", ignore_errors=True)
            yield Ground(engine, settings, progress, stack)
