"""Copying a lab's files: once, whole or not at all, and never over a learner's."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from judge_extension import workspace as workspace_module
from judge_extension.errors import CourseServiceUnavailable, WorkspaceBlocked
from judge_extension.workspace import Workspace

from .course_content import LAB_FILES, tar_of

TAR = tar_of(LAB_FILES)


class PowerCut(BaseException):
    """The process ends here; nothing of it runs afterwards."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_lab_is_copied_whole(workspace: Workspace, tmp_path: Path) -> None:
    workspace.place("lab1", TAR)

    assert contents(tmp_path / "lab1") == LAB_FILES
    assert names(tmp_path) == ["lab1"]
    assert (tmp_path / "lab1").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "lab1" / "app.py").stat().st_mtime > 1_000_000_000


def test_a_lab_is_copied_once(workspace: Workspace, tmp_path: Path) -> None:
    workspace.place("lab1", TAR)
    (tmp_path / "lab1" / "app.py").write_text("mine")
    (tmp_path / "lab1" / "Dockerfile").unlink()
    before = contents(tmp_path / "lab1")

    workspace.place("lab1", TAR)

    assert contents(tmp_path / "lab1") == before


def test_what_the_learner_made_before_stays(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "lab1" / "templates").mkdir(parents=True)
    (tmp_path / "lab1" / "Dockerfile").write_text("mine")
    (tmp_path / "lab1" / "app.py").symlink_to("nowhere")

    workspace.place("lab1", TAR)

    assert (tmp_path / "lab1" / "Dockerfile").read_text() == "mine"
    assert os.readlink(tmp_path / "lab1" / "app.py") == "nowhere"
    assert (tmp_path / "lab1" / "templates" / "index.html").exists()
    assert workspace.has_lab("lab1")


def test_a_file_where_a_folder_should_be_stays(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "lab1").mkdir()
    (tmp_path / "lab1" / "templates").write_text("mine")

    workspace.place("lab1", TAR)

    assert (tmp_path / "lab1" / "templates").read_text() == "mine"
    assert workspace.has_lab("lab1")


@pytest.mark.parametrize("existing", [False, True], ids=["no folder", "folder with a file"])
@pytest.mark.parametrize("step", ["_write_through", "rename", "link"])
def test_a_copy_that_was_cut_off_is_completed_next_time(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, existing: bool
) -> None:
    if existing:
        (tmp_path / "lab1").mkdir()
        (tmp_path / "lab1" / "app.py").write_text("mine")
    monkeypatch.setattr(workspace_module.shutil, "rmtree", lambda *_args, **_options: None)
    _cut_power(monkeypatch, step)
    with pytest.raises(PowerCut):
        _place_or_be_done(workspace)
    monkeypatch.undo()

    workspace.place("lab1", TAR)

    expected = {**LAB_FILES, "app.py": b"mine"} if existing else LAB_FILES
    assert contents(tmp_path / "lab1") == expected
    assert names(tmp_path) == ["lab1"]


def _place_or_be_done(workspace: Workspace) -> None:
    workspace.place("lab1", TAR)
    raise PowerCut  # this way of copying has no such step


def _cut_power(patch: pytest.MonkeyPatch, step: str) -> None:
    """At the step's second use where there is one, so that the first has left its trace."""
    uses = 0
    real_link = os.link

    def cut(*args: object, **options: object) -> None:
        nonlocal uses
        uses += 1
        if step != "link" or uses == 2:
            raise PowerCut
        real_link(*args, **options)  # type: ignore[arg-type]

    match step:
        case "rename":
            patch.setattr(Path, "rename", cut)
        case "link":
            patch.setattr(workspace_module.os, "link", cut)
        case _:
            patch.setattr(workspace_module, step, cut)


@pytest.mark.parametrize("tar", [b"", b"no tar at all" * 99, TAR[:700]], ids=["empty", "garbage", "cut off"])
def test_files_that_are_no_tar_change_nothing(workspace: Workspace, tmp_path: Path, tar: bytes) -> None:
    with pytest.raises(CourseServiceUnavailable):
        workspace.place("lab1", tar)
    with pytest.raises(CourseServiceUnavailable):
        workspace.reset("lab1", tar)
    assert names(tmp_path) == []


def test_files_cannot_climb_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(CourseServiceUnavailable):
        Workspace(root).place("lab1", tar_of({"../outside": b"x"}))
    Workspace(root).place("lab1", tar_of({str(tmp_path / "outside"): b"x"}))  # the leading / is dropped
    assert names(root) == ["lab1"]
    assert names(tmp_path) == ["root"]


def test_links_out_of_the_lab_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        link = tarfile.TarInfo("trap")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(CourseServiceUnavailable):
        workspace.place("lab1", stream.getvalue())


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_stands_in_the_way_stays_and_is_named(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    if kind == "file":
        (tmp_path / "lab1").write_text("mine")
    else:
        (tmp_path / "lab1").symlink_to("elsewhere")
    for change in (workspace.place, workspace.reset):
        with pytest.raises(WorkspaceBlocked, match="lab1 is not a folder"):
            change("lab1", TAR)
    assert names(tmp_path) == ["elsewhere", "lab1"]
    assert names(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("slug", ["", "..", "../x", "a/b", "Lab1", "-x", ".x", "lab1\n", "x" * 65])
def test_a_slug_that_is_none_never_becomes_a_path(workspace: Workspace, slug: str) -> None:
    with pytest.raises(ValueError, match="Not a lab's name"):
        workspace.folder(slug)


def test_reset_keeps_everything_and_copies_anew(workspace: Workspace, tmp_path: Path) -> None:
    workspace.place("lab1", TAR)
    (tmp_path / "lab1" / "Dockerfile").write_text("mine")
    (tmp_path / "lab1" / "extra").mkdir()
    (tmp_path / "lab1" / "extra" / "notes").write_text("mine too")
    before = contents(tmp_path / "lab1")

    first = workspace.reset("lab1", TAR)
    second = workspace.reset("lab1", TAR)

    assert contents(tmp_path / "lab1") == LAB_FILES
    assert first is not None
    assert first.name.startswith("lab1.before-reset-")
    assert contents(first) == before
    assert second is not None
    assert second != first
    assert names(tmp_path) == sorted(["lab1", first.name, second.name])


def test_a_terminal_in_the_folder_is_still_in_the_lab_after_a_reset(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.place("lab1", TAR)
    (tmp_path / "lab1" / "app.py").write_text("mine")
    monkeypatch.chdir(tmp_path / "lab1")

    workspace.reset("lab1", TAR)

    assert Path("app.py").read_bytes() == LAB_FILES["app.py"]


def test_a_folder_that_a_container_owns_moves_with_the_rest(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.place("lab1", TAR)
    owned = tmp_path / "lab1" / "data"
    owned.mkdir()
    monkeypatch.setattr(workspace_module.os, "access", lambda path, _mode: Path(path) != owned)

    kept = workspace.reset("lab1", TAR)

    assert kept is not None
    assert (kept / "data").is_dir()
    assert contents(tmp_path / "lab1") == LAB_FILES


def test_reset_of_a_lab_that_is_not_there_copies_it(workspace: Workspace, tmp_path: Path) -> None:
    assert workspace.reset("lab1", TAR) is None
    assert contents(tmp_path / "lab1") == LAB_FILES


def test_a_reset_that_was_cut_off_loses_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.place("lab1", TAR)
    (tmp_path / "lab1" / "Dockerfile").write_text("mine")
    moved = []
    real_rename = Path.rename

    def rename_once(path: Path, target: Path) -> Path:
        if moved:
            raise PowerCut
        moved.append(path.name)
        return real_rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_once)
    with pytest.raises(PowerCut):
        workspace.reset("lab1", TAR)
    monkeypatch.undo()

    workspace.place("lab1", TAR)

    assert moved == ["lab.ipynb"]
    assert (tmp_path / "lab1" / "Dockerfile").read_text() == "mine"
    assert workspace.has_lab("lab1")
