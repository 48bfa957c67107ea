"""What a submission may hold, whether it comes as a tar or as a folder: names, sizes, depth, kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from .errors import SubmissionRejected

MEBIBYTE = 1024**2
MOST_STREAM_BYTES = 8 * MEBIBYTE
MOST_MEMBERS = 400
MOST_FILE_BYTES = MEBIBYTE
MOST_BYTES = 4 * MEBIBYTE
DEEPEST = 8
SEGMENT = re.compile(r"[A-Za-z0-9 ._@+=,-]{1,255}")
"""A name of a file or a folder that is taken."""

LONGEST_NAME = 4096
SEND_AGAIN = "Press Check again; if this stays, tell your course staff."


class SubmissionCollector:
    """Takes one member after another. Raises `SubmissionRejected` on what is odd, with what it was."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self._exclude = exclude
        self._members = 0
        self._bytes = 0
        self.files: dict[str, bytes] = {}
        self.executables: set[str] = set()
        # Every file, folder and folder of a file: folded path to (path, is a folder).
        self._taken: dict[str, tuple[str, bool]] = {}

    def admit(self, name: str) -> str | None:
        """The member's plain path, or None for what is left out. Raises on a name that we do not take."""
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise too_large(f"Your folder holds more than {MOST_MEMBERS} files and folders.")
        if len(name) > LONGEST_NAME:
            raise SubmissionRejected(f"The path {_shown(name)} is too long.", "Shorten it, or delete it.")
        if name.startswith("/"):
            raise SubmissionRejected(
                f"{_shown(name)} is an absolute path.", "Send paths inside the folder only."
            )
        segments = [segment for segment in name.split("/") if segment not in ("", ".")]
        if ".." in segments:
            raise SubmissionRejected(f"{_shown(name)} leads out of the folder.", "Send paths inside it only.")
        if any(fnmatchcase(segment, pattern) for segment in segments for pattern in self._exclude):
            return None
        for segment in segments:
            if not SEGMENT.fullmatch(segment):
                raise SubmissionRejected(
                    f"The name {_shown(name)} has a character that the judge does not take.",
                    "Rename it with plain letters, digits, spaces and . _ - + = @ , only, or delete it.",
                )
        if len(segments) > DEEPEST:
            raise SubmissionRejected(
                f"{_shown(name)} lies more than {DEEPEST} folders deep.", "Move it up, or delete it."
            )
        return "/".join(segments) or None

    def make_room(self, path: str, size: int) -> None:
        """Count a file's bytes before they are read."""
        if size > MOST_FILE_BYTES:
            raise too_large(f"{path} is larger than {MOST_FILE_BYTES // MEBIBYTE} MiB.")
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise too_large(f"With {path} your files add up to more than {MOST_BYTES // MEBIBYTE} MiB.")

    def add_folder(self, path: str) -> None:
        self._take(path, is_folder=True)

    def add_file(self, path: str, content: bytes, *, executable: bool) -> None:
        if len(content) > MOST_FILE_BYTES:  # it grew since its size was asked
            raise too_large(f"{path} is larger than {MOST_FILE_BYTES // MEBIBYTE} MiB.")
        self._take(path, is_folder=False)
        self.files[path] = content
        if executable:
            self.executables.add(path)

    def _take(self, path: str, *, is_folder: bool) -> None:
        segments = path.split("/")
        for depth in range(1, len(segments)):
            self._take_one("/".join(segments[:depth]), is_folder=True, implied=True)
        self._take_one(path, is_folder=is_folder, implied=False)

    def _take_one(self, path: str, *, is_folder: bool, implied: bool) -> None:
        folded = path.casefold()
        earlier = self._taken.get(folded)
        if earlier is None:
            self._taken[folded] = (path, is_folder)
            return
        other, other_is_folder = earlier
        if path != other:
            raise SubmissionRejected(
                f"{path} and {other} differ only in upper and lower case.", "Rename or delete one of them."
            )
        if is_folder != other_is_folder:
            raise SubmissionRejected(f"{path} is both a file and a folder.", "Rename or delete one of them.")
        if not implied and not is_folder:
            raise SubmissionRejected(f"{path} comes twice.", SEND_AGAIN)


def too_large_body() -> SubmissionRejected:
    """The refusal of a stream that goes on beyond the limit."""
    return too_large(f"Your folder packs to more than {MOST_STREAM_BYTES // MEBIBYTE} MiB.")


def too_large(problem: str) -> SubmissionRejected:
    return SubmissionRejected(
        problem, "Delete what the lab does not need, or move it out of the folder.", too_large=True
    )


def refuse_kind(path: str, kind: str) -> SubmissionRejected:
    return SubmissionRejected(
        f"{path} is {kind}; the judge takes plain files and folders only.",
        "Delete it, or put a copy of the file in its place.",
    )


def _shown(name: str) -> str:
    text = name if len(name) <= 120 else name[:117] + "..."
    return ascii(text)
