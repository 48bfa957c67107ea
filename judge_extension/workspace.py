"""The learner's files: one folder a lab, beneath the server's root.

Guarantees: a learner's file is never overwritten or removed; a copy that was cut off at any moment is
finished or begun anew the next time. The notebook is what says that a lab is there: it is put in place
last.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from judge_extension.errors import CourseServiceUnavailable, WorkspaceBlocked
from judge_extension.slugs import is_slug

NOTEBOOK = "lab.ipynb"


class Workspace:
    """Blocking: call it through a thread, one caller at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, slug: str) -> Path:
        if not is_slug(slug):
            raise ValueError(f"Not a lab's name: {slug!r}")
        return self.root / slug

    def has_lab(self, slug: str) -> bool:
        return (self.folder(slug) / NOTEBOOK).exists()

    def place(self, slug: str, tar: bytes) -> None:
        """Copies the lab's files to where the learner has none; does nothing where the lab is there."""
        folder = self.folder(slug)
        self._clear_leftovers(slug)
        if self.has_lab(slug):
            return
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise WorkspaceBlocked(
                f"{folder} is not a folder, so the lab's files have nowhere to go.",
                f"Rename or remove it in the terminal, then open the lab again: mv {folder} {folder}.mine",
            )
        fresh = self._unpack(slug, tar)
        try:
            if folder.exists():
                _add_what_is_missing(fresh, folder)
            else:
                fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def reset(self, slug: str, tar: bytes) -> Path | None:
        """Moves what the learner has aside, copies the lab anew, and says where the old files are."""
        folder = self.folder(slug)
        self._clear_leftovers(slug)
        fresh = self._unpack(slug, tar)  # first: a tar that is no good leaves everything as it was
        kept = None
        try:
            if folder.is_dir() and not folder.is_symlink():
                kept = _free_name(folder)
                _set_aside(folder, kept)
                _add_what_is_missing(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        if kept is None:
            self.place(slug, tar)
        return kept

    def _unpack(self, slug: str, tar: bytes) -> Path:
        """A hidden sibling, on the same file system, so that one rename puts it in place."""
        fresh = Path(tempfile.mkdtemp(prefix=_leftover_prefix(slug), dir=self.root))
        try:
            with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
                archive.extractall(fresh, filter="data")
        except (tarfile.TarError, OSError, ValueError) as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, tarfile.TarError):
                raise
            raise CourseServiceUnavailable(f"the files of {slug} are not a tar: {error!r}") from error
        fresh.chmod(0o755)
        _write_through(fresh)
        return fresh

    def _clear_leftovers(self, slug: str) -> None:
        for leftover in self.root.glob(f"{_leftover_prefix(slug)}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def _leftover_prefix(slug: str) -> str:
    return f".{slug}.copying-"


def _add_what_is_missing(fresh: Path, folder: Path) -> None:
    """Links refuse to replace, so that a file which appears meanwhile stays the learner's."""
    for source in _notebook_last(fresh):
        target = folder / source.relative_to(fresh)
        if source.is_dir():
            if not target.exists() and not target.is_symlink():
                target.mkdir()
        elif target.parent.is_dir():
            try:
                os.link(source, target, follow_symlinks=False)
            except FileExistsError:
                continue


def _notebook_last(fresh: Path) -> Iterator[Path]:
    notebook = fresh / NOTEBOOK
    yield from sorted(path for path in fresh.rglob("*") if path != notebook)
    if notebook.exists():
        yield notebook


def _set_aside(folder: Path, kept: Path) -> None:
    """Moves the contents and leaves the folder, so that a terminal which stands in it stays in the lab.

    A folder inside that belongs to someone else (a container wrote it) can't change its parent; then the
    whole folder moves, and terminals with it. The notebook goes first: after a crash here, the next opening
    fills the lab.
    """
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name != NOTEBOOK)
    if any(entry.is_dir() and not entry.is_symlink() and not os.access(entry, os.W_OK) for entry in entries):
        folder.rename(kept)
        folder.mkdir()
        return
    kept.mkdir()
    for entry in entries:
        entry.rename(kept / entry.name)


def _free_name(folder: Path) -> Path:
    stem = f"{folder.name}.before-reset-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    kept = folder.with_name(stem)
    count = 1
    while kept.exists() or kept.is_symlink():
        count += 1
        kept = folder.with_name(f"{stem}-{count}")
    return kept


def _write_through(fresh: Path) -> None:
    """Dates the files now, and waits for the disk.

    A rename can reach the disk before the bytes do, and a lab of empty files would look complete.
    """
    for path in [fresh, *fresh.rglob("*")]:
        if path.is_symlink():
            continue
        os.utime(path)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
