"""What an image must not contain."""

from __future__ import annotations

import re
import subprocess
import time

import pytest
from pydantic import ValidationError

from course_service.checks.builds import Builds
from course_service.checks.check import Workbench
from course_service.checks.image_excludes import ImageExcludes, path_expression
from course_service.errors import SandboxFault
from course_service.sandbox import Run
from course_service.sandbox_life import open_sandbox
from course_service.submission import Submission
from spawner.session_policy import Egress
from tests.course_service.sandbox_stand_ins import WillingSandbox

from .workbenches import bench_with_image


class ListedSandbox(WillingSandbox):
    """What is in the image is listed as `listing` says."""

    def __init__(self, listing: Run) -> None:
        super().__init__()
        self.listing = listing

    def answer(self, command: str, on_line) -> Run:
        return self.listing if "docker export" in command else super().answer(command, on_line)


def judged(listing: Run, *paths: str):
    sandbox = ListedSandbox(listing)
    bench = bench_with_image(sandbox)
    found = ImageExcludes(kind="image_excludes", title="t", paths=paths).run(bench)
    assert sandbox.commands[-1][:2] == ["docker", "rm"]
    return found


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("app/src", "app/src/", True),
        ("/app/src", "app/src/index.ts", True),
        ("app/src", "app/src", True),
        ("app/src", "app/src2", False),
        ("app/src", "x/app/src", False),
        ("app/src", "app", False),
        ("app/*.ts", "app/index.ts", True),
        ("app/*.ts", "app/indexts", False),
        ("app/*.ts", "app/x/index.ts", False),
        ("app/*/x", "app/a/x/y", True),
        ("**/typescript", "typescript/", True),
        ("**/typescript", "a/b/typescript/lib", True),
        ("**/typescript", "a/mytypescript", False),
        ("app/**/x.ts", "app/x.ts", True),
        ("app/**/x.ts", "app/a/b/x.ts", True),
        ("a-b@1/c_d", "a-b@1/c_d", True),
        ("a.b", "axb", False),
    ],
)
def test_a_path_is_itself_and_what_lies_below(path, name, expected):
    expression = path_expression(path)
    assert bool(re.match(expression, name)) is expected
    grep = subprocess.run(
        ["grep", "-E", "-e", expression], input=name, capture_output=True, text=True, check=False
    )
    assert (grep.returncode == 0) is expected
    assert grep.stderr == "", "the lab's check reads what grep prints"


@pytest.mark.parametrize("path", ["", "a b", "a//b", "a/", "a|b", "$(x)", "a\n", "a(b", "../[a]"])
def test_a_lab_can_only_name_plain_paths(path):
    with pytest.raises(ValidationError):
        ImageExcludes(kind="image_excludes", title="t", paths=(path,))


@pytest.mark.parametrize("path", ["**/a/**/b/**/c", "*a*a*a*a*a*b", "**/*"])
def test_the_time_for_a_hostile_name_is_bounded(path):
    expression = re.compile(path_expression(path))
    started = time.process_time()
    expression.match("a/" * 125)
    expression.match("a" * 60)
    assert time.process_time() - started < 2


def test_nothing_found_is_well():
    assert judged(Run(0, ""), "app/src") == ()


def test_what_is_found_is_named_by_an_example_each():
    listing = "app/src/\napp/src/index.ts\napp/node_modules/x/\n"
    (failure,) = judged(Run(0, listing), "app/src", "app/test", "**/node_modules/*", "app/s*")
    assert failure.code == "unwanted_in_image"
    assert "does not belong there: /app/src/, /app/node_modules/x/. An image" in failure.message


def test_a_listing_that_broke_off_is_our_fault():
    with pytest.raises(SandboxFault):
        judged(Run(1, ""), "app/src")


@pytest.mark.engine
def test_a_real_image_is_listed_whole(engine_settings):
    dockerfile = b"FROM python:3.13-slim\nCOPY x /opt/a-b/c.d/\nCOPY x /z/last\nRUN rm /opt/a-b/c.d/x\n"
    with open_sandbox(engine_settings, Egress.NONE, "test") as sandbox:
        bench = Workbench(
            sandbox, Submission({"Dockerfile": dockerfile, "x": b""}), Egress.NONE, (), lambda _: None
        )
        sandbox.write(bench.submission.files)
        assert Builds(kind="builds", title="t").run(bench) == ()
        absent = ("opt/a-b/cxd", "opt/a-b/c.d/x", "a-b")
        assert ImageExcludes(kind="image_excludes", title="t", paths=absent).run(bench) == ()
        present = ("opt/nothing", "**/c.d", "z/*")
        (failure,) = ImageExcludes(kind="image_excludes", title="t", paths=present).run(bench)
        assert "does not belong there: /opt/a-b/c.d/, /z/last." in failure.message
        many = ImageExcludes(kind="image_excludes", title="t", paths=("usr",)).run(bench)
        assert "there: /usr/." in many[0].message, "grep has enough before the listing ends"


class RefusingSandbox(WillingSandbox):
    """Its engine makes no container of the image."""

    def answer(self, command: str, on_line) -> Run:
        if command.startswith("docker create"):
            return Run(1, "Error response from daemon: invalid mount config\n")
        return super().answer(command, on_line)


def test_an_image_of_which_no_container_can_be_made_is_the_learners():
    check = ImageExcludes(kind="image_excludes", title="t", paths=("a",))
    (failure,) = check.run(bench_with_image(RefusingSandbox()))
    assert failure.code == "docker_run_failed"
    assert "invalid mount config" in failure.message
