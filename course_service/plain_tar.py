"""Files packed into a plain tar: for a sandbox, for the database, for a learner's server."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping


def pack_files(
    files: Mapping[str, bytes], executables: frozenset[str] = frozenset(), *, uid: int = 0
) -> bytes:
    """The files as a plain tar; the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if path in executables else 0o644
            member.uid = member.gid = uid
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
