"""Images that are made up: whole, of the size that was asked for, and not to be compressed."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zlib

import pytest

from operator_cli.bench.made_images import LAYERS, MadeImage, plan_images

SIZE = 1_000_000


@pytest.mark.parametrize(("gigabytes", "count"), [(0, 1), (0.5, 2), (1, 4), (4, 16)])
def test_images_come_to_the_size(gigabytes: float, count: int):
    images = plan_images(gigabytes)

    assert len({image.tag for image in images}) == count
    assert sum(image.size_bytes for image in images) == gigabytes * 1e9


def test_an_archive_is_whole():
    with tarfile.open(fileobj=io.BytesIO(b"".join(MadeImage("lab:1", SIZE).archive()))) as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive.getmembers()}

    (manifest,) = json.loads(files["manifest.json"])
    config = json.loads(files[manifest["Config"]])
    layers = [files[name] for name in manifest["Layers"]]
    assert manifest["RepoTags"] == ["lab:1"]
    assert len(layers) == LAYERS
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in layers]
    assert len(zlib.compress(b"".join(layers))) > 0.95 * SIZE


def test_no_two_layers_are_the_same():
    names = set()
    for image in (MadeImage("a:1", 0), MadeImage("b:1", 0)):
        with tarfile.open(fileobj=io.BytesIO(b"".join(image.archive()))) as archive:
            names |= {name for name in archive.getnames() if name.startswith("blobs/")}
    assert len(names) == 2 * (LAYERS + 1)
