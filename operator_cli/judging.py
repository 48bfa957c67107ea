"""What judging needs around a sandbox: images, firewall, egress proxy, and errors in the operator's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub_config.settings import Settings
from spawner.errors import ImageStoreMissing, SpawnerError
from spawner.image_store import find_image_store

from .course_copy import errors_of_database
from .course_labs import errors_of_labs
from .egress_proxy import egress_proxy
from .engine import find_engine
from .errors import ImagesMissing, OperatorError
from .firewall import is_firewall_loaded, load_firewall
from .image_build import find_image
from .locks import shared_state_lock, try_state_lock
from .packages import Packages
from .progress import Progress
from .remains import JUDGING_LOCK
from .up import UP_LOCK

EXIT_FAILED = 1
EXIT_NOT_GRADED = 2


def require_images(settings: Settings) -> None:
    """Raises `EngineMissing`, or `ImagesMissing` where the images were never built."""
    engine = find_engine()
    try:
        if find_image(engine, settings.session_image) is None:
            raise ImageStoreMissing(f"there is no image {settings.session_image}")
        find_image_store(engine)
    except ImageStoreMissing as error:
        raise ImagesMissing(
            "The images are not built", str(error).partition(";")[0], "containrlab images build"
        ) from error
    finally:
        engine.close()


@contextmanager
def judging(settings: Settings, progress: Progress) -> Iterator[None]:
    """Have firewall and egress proxy stand while the block judges. Raises `OperatorError`."""
    packages = Packages(progress)
    with (
        shared_state_lock(settings, JUDGING_LOCK),
        egress_proxy(settings, packages, progress, accept_other=True),
        try_state_lock(settings, UP_LOCK) as no_course_runs,
    ):
        # A running course's rules are not ours to replace: its settings may be others than this command's.
        if no_course_runs or not is_firewall_loaded(settings):
            load_firewall(settings, packages)
        yield


@contextmanager
def errors_of_ours(settings: Settings) -> Iterator[None]:
    """Turn what the course service and the session library raise into `OperatorError`."""
    try:
        with errors_of_database(), errors_of_labs(settings):
            yield
    except SpawnerError as error:
        raise OperatorError(
            "No sandbox could be started",
            str(error),
            "containrlab prepare; where that does not mend it, containrlab doctor says why",
        ) from error
