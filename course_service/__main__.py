"""Starts the course service; the hub does, with ``python -m course_service``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from hub_config.settings import SettingError, Settings

from .app import serve
from .authentication import make_hub_auth
from .errors import CatalogueError, DatabaseUnavailable

log = logging.getLogger(__name__)


def main() -> int:
    """Serve until told to stop; 2 where settings, labs or database are not right."""
    logging.basicConfig(
        level=logging.INFO,
        format="[%(levelname).1s %(asctime)s course_service] %(message)s",
        stream=sys.stderr,
    )
    try:
        settings = Settings.from_environment(os.environ)
        hub_auth = make_hub_auth(os.environ, settings)
        url, prefix = os.environ["JUPYTERHUB_SERVICE_URL"], os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    except SettingError as error:
        log.error("%s", error)
        return 2
    except KeyError as error:
        log.error("%s is not set: the hub starts this service", error.args[0])
        return 2
    try:
        asyncio.run(serve(settings, hub_auth, url=url, prefix=prefix))
    except (CatalogueError, DatabaseUnavailable) as error:
        log.error("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
