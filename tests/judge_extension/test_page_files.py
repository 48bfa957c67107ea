"""JupyterLab's files for browsers: compressed where the image has them so, and kept by browsers for good."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPResponse

from judge_extension.page_files import PageFileHandler

SCRIPT = b"console.log('as it was written');"
FOR_GOOD = "public, max-age=31536000, immutable"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, beside one that is no browser's business."""
    monkeypatch.setattr(PageFileHandler, "_static_paths", {})  # remembers for good where a file was found
    folder = tmp_path / "static"
    folder.mkdir()
    (tmp_path / "secret.js").write_bytes(SCRIPT)
    (tmp_path / "secret.js.gz").write_bytes(gzip.compress(SCRIPT))
    for name in ("main.efd36b46f3b45eb8.js", "small.1738325d3b452d0c.js", "index.css"):
        (folder / name).write_bytes(SCRIPT)
    (folder / "main.efd36b46f3b45eb8.js.gz").write_bytes(gzip.compress(SCRIPT))
    return folder


@pytest.fixture
def get_file(
    folder: Path, jp_serverapp: ServerApp, jp_base_url: str, jp_fetch: Callable[..., Any]
) -> Callable[..., Any]:
    """Asks for a file as a browser does, without undoing how it was sent."""
    route = url_path_join(jp_base_url, "page-files", "(.*)")
    jp_serverapp.web_app.add_handlers(".*$", [(route, PageFileHandler, {"path": [str(folder)]})])

    async def get_file(name: str, **headers: str) -> HTTPResponse:
        return await jp_fetch(
            "page-files", name, headers=headers, decompress_response=False, raise_error=False
        )

    return get_file


async def test_a_compressed_file_is_sent_as_it_is_to_who_takes_it(get_file: Callable[..., Any]) -> None:
    answer = await get_file("main.efd36b46f3b45eb8.js", **GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] in ("application/javascript", "text/javascript")
    assert gzip.decompress(answer.body) == SCRIPT


@pytest.mark.parametrize(
    ("name", "headers"), [("main.efd36b46f3b45eb8.js", {}), ("small.1738325d3b452d0c.js", GZIP)]
)
async def test_else_it_is_sent_as_it_was_written(
    get_file: Callable[..., Any], name: str, headers: dict[str, str]
) -> None:
    answer = await get_file(name, **headers)
    assert "Content-Encoding" not in answer.headers
    assert answer.body == SCRIPT


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("main.efd36b46f3b45eb8.js", FOR_GOOD),
        ("small.1738325d3b452d0c.js", FOR_GOOD),
        ("index.css", "no-cache"),
    ],
)
async def test_only_a_file_whose_name_changes_with_its_content_is_kept_for_good(
    get_file: Callable[..., Any], name: str, kept: str
) -> None:
    assert (await get_file(name, **GZIP)).headers["Cache-Control"] == kept


@pytest.mark.parametrize("name", ["missing.js", "../secret.js", "%2e%2e%2fsecret.js", ""])
async def test_nothing_else_is_served(get_file: Callable[..., Any], name: str) -> None:
    assert (await get_file(name, **GZIP)).code in (403, 404)
