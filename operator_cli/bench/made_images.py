"""Lab images of a given size, made of layers that nothing can compress, as ``docker save`` would write them.

Made while they are read: they take no disk but the store's. The shape is that of real lab images, 250 MB
in five layers each: what a session does at its start depends on how many layers there are, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

MEGABYTE = 1_000_000
IMAGE_MB = 250
LAYERS = 5
_SMALLEST = 1000


@dataclass(frozen=True)
class MadeImage:
    """An image of `size_bytes` in all, in `LAYERS` layers of one file each."""

    tag: str
    size_bytes: int

    def archive(self) -> Iterator[bytes]:
        """Of ``docker load``; other layers at each call."""
        names, diff_ids = [], []
        for number in range(LAYERS):
            layer = _layer(f"layer-{number}", max(_SMALLEST, self.size_bytes // LAYERS))
            digest = hashlib.sha256(layer).hexdigest()
            names.append(f"blobs/sha256/{digest}")
            diff_ids.append(f"sha256:{digest}")
            yield from _member(names[-1], layer)
        config = json.dumps(
            {
                "architecture": _architecture(),
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
            }
        ).encode()
        config_name = f"blobs/sha256/{hashlib.sha256(config).hexdigest()}"
        yield from _member(config_name, config)
        manifest = [{"Config": config_name, "RepoTags": [self.tag], "Layers": names}]
        yield from _member("manifest.json", json.dumps(manifest).encode())
        yield b"\0" * (2 * tarfile.BLOCKSIZE)


def plan_images(gigabytes: float) -> list[MadeImage]:
    """Images that come to so many gigabytes; one of next to nothing for none.

    >>> len(plan_images(4)), len(plan_images(0))
    (16, 1)
    """
    count = round(gigabytes * 1000 / IMAGE_MB)
    if count == 0:
        return [MadeImage("bench.invalid/empty:1", 0)]
    size = round(gigabytes * 1000 * MEGABYTE / count)
    return [MadeImage(f"bench.invalid/lab{number}:1", size) for number in range(1, count + 1)]


def _layer(name: str, size: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = size
        archive.addfile(member, io.BytesIO(os.urandom(size)))
    return buffer.getvalue()


def _member(name: str, content: bytes) -> Iterator[bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    yield member.tobuf()
    yield content
    yield b"\0" * (-len(content) % tarfile.BLOCKSIZE)


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
