"""Opening a lab: its files, its terminal, its layout, and what is there when the service is not."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp

from .course_content import LAB_FILES, NOT_OPEN
from .course_stand_in import CourseStandIn

Open = Callable[..., Any]


@pytest.fixture
def open_lab(jp_fetch: Callable[..., Any]) -> Open:
    """Opens a lab as a browser does; gives status and where it is sent."""

    async def open_lab(*slug: str) -> tuple[int, str]:
        response = await jp_fetch("containrlab", "open", *slug, follow_redirects=False, raise_error=False)
        return response.code, response.headers.get("Location", "")

    return open_lab


def layouts(jp_root_dir: Path) -> list[Path]:
    return sorted(jp_root_dir.parent.glob("config/lab/workspaces/*.jupyterlab-workspace"))


@pytest.mark.parametrize("slug", [(), ("lab1",)], ids=["first lab", "named"])
async def test_opening_brings_files_terminal_and_layout(
    open_lab: Open, jp_root_dir: Path, jp_serverapp: ServerApp, jp_base_url: str, slug: tuple[str, ...]
) -> None:
    answer = await open_lab(*slug)

    assert answer == (302, f"{jp_base_url}lab/workspaces/lab1/tree/lab1/lab.ipynb")
    for name, content in LAB_FILES.items():
        assert (jp_root_dir / "lab1" / name).read_bytes() == content
    terminal = jp_serverapp.web_app.settings["terminal_manager"].terminals["lab1"]
    assert os.readlink(f"/proc/{terminal.ptyproc.pid}/cwd") == str(jp_root_dir / "lab1")
    [layout] = layouts(jp_root_dir)
    data = json.loads(layout.read_text())["data"]
    tabs = data["layout-restorer:data"]["main"]["dock"]["children"]
    assert [tab["widgets"] for tab in tabs] == [["notebook:lab1/lab.ipynb"], ["terminal:lab1"]]


async def test_a_hyphen_in_a_slug_does_not_reach_the_terminals_address(
    open_lab: Open, jp_serverapp: ServerApp
) -> None:
    assert (await open_lab("lab-two"))[0] == 302
    assert list(jp_serverapp.web_app.settings["terminal_manager"].terminals) == ["lab_two"]


async def test_opening_again_keeps_files_terminal_and_layout(
    open_lab: Open, jp_root_dir: Path, jp_serverapp: ServerApp
) -> None:
    await open_lab("lab1")
    terminals = jp_serverapp.web_app.settings["terminal_manager"].terminals
    terminal = terminals["lab1"]
    [layout] = layouts(jp_root_dir)
    arranged = json.dumps({"data": {"arranged": "by the learner"}, "metadata": {"id": "lab1"}})
    layout.write_text(arranged)
    (jp_root_dir / "lab1" / "app.py").write_text("my work")
    (jp_root_dir / "lab1" / "Dockerfile").unlink()

    await open_lab("lab1")

    assert layout.read_text() == arranged
    assert (jp_root_dir / "lab1" / "app.py").read_text() == "my work"
    assert not (jp_root_dir / "lab1" / "Dockerfile").exists()
    assert terminals == {"lab1": terminal}


async def test_a_layout_that_was_cut_off_is_written_anew(open_lab: Open, jp_root_dir: Path) -> None:
    await open_lab("lab1")
    [layout] = layouts(jp_root_dir)
    layout.write_text('{"data": {"layou')

    assert (await open_lab("lab1"))[0] == 302
    assert "notebook:lab1/lab.ipynb" in json.loads(layout.read_text())["data"]


@pytest.mark.parametrize("slug", [(), ("lab1",)], ids=["first lab", "named"])
async def test_without_service_and_files_jupyterlab_opens_all_the_same(
    open_lab: Open, course: CourseStandIn, jp_base_url: str, slug: tuple[str, ...]
) -> None:
    course.stop()
    assert await open_lab(*slug) == (302, f"{jp_base_url}lab")


async def test_without_service_a_lab_that_is_there_opens(
    open_lab: Open, course: CourseStandIn, jp_base_url: str
) -> None:
    await open_lab("lab1")
    course.stop()
    assert await open_lab("lab1") == (302, f"{jp_base_url}lab/workspaces/lab1/tree/lab1/lab.ipynb")


async def test_files_that_are_no_tar_leave_nothing_behind(
    open_lab: Open, course: CourseStandIn, jp_root_dir: Path, jp_base_url: str
) -> None:
    course.files = b"not a tar" * 100
    assert await open_lab("lab1") == (302, f"{jp_base_url}lab")
    assert list(jp_root_dir.iterdir()) == []


async def test_an_unknown_lab_is_404(open_lab: Open) -> None:
    assert (await open_lab("lab9"))[0] == 404


async def test_the_lab_that_opens_by_itself_is_the_first_open_one(
    open_lab: Open, course: CourseStandIn, jp_base_url: str
) -> None:
    course.closed = {"lab1", "lab-two"}
    assert await open_lab() == (302, f"{jp_base_url}lab")
    course.closed = {"lab1"}
    assert await open_lab() == (302, f"{jp_base_url}lab/workspaces/lab-two/tree/lab-two/lab.ipynb")


async def test_who_comes_back_is_taken_to_the_lab_that_was_opened_last(
    open_lab: Open, jp_base_url: str
) -> None:
    await open_lab("lab-two")
    assert await open_lab() == (302, f"{jp_base_url}lab/workspaces/lab-two/tree/lab-two/lab.ipynb")


async def test_a_lab_that_is_not_open_yet_says_when_it_opens(
    jp_fetch: Callable[..., Any], course: CourseStandIn, jp_root_dir: Path
) -> None:
    course.closed = {"lab1"}
    response = await jp_fetch("containrlab", "open", "lab1", raise_error=False)
    assert response.code == 403
    assert NOT_OPEN["message"] in response.body.decode()
    assert list(jp_root_dir.iterdir()) == []


async def test_a_file_in_the_way_is_said_so(open_lab: Open, jp_root_dir: Path) -> None:
    (jp_root_dir / "lab1").write_text("mine")
    assert (await open_lab("lab1"))[0] == 409
    assert (jp_root_dir / "lab1").read_text() == "mine"


async def test_two_tabs_at_once_copy_once(open_lab: Open, course: CourseStandIn, jp_root_dir: Path) -> None:
    await asyncio.gather(*(open_lab("lab1") for _ in range(5)))

    assert [path for _method, path, _headers in course.requests if path.endswith("/files")] == [
        "/services/course/api/labs/lab1/files"
    ]
    assert [path.name for path in jp_root_dir.iterdir()] == ["lab1"]
