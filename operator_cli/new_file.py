"""A file that has its name only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import FileInTheWay


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open it to be written, for its owner alone; it is there when the block is left without an error.

    Raises `FileInTheWay` where there is one already, or none can be made.
    """
    if path.exists():
        raise FileInTheWay(f"{path} is there already", "nothing is overwritten", "name another file")
    half_made = path.with_name(f"{path.name}.part")
    try:
        opened = os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FileInTheWay(f"{path} cannot be written", str(error), "name another file") from error
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half_made.rename(path)
    finally:
        half_made.unlink(missing_ok=True)
