"""Who runs the app, by the kernel and else by the image."""

from __future__ import annotations

import pytest

from course_service.checks import runs_as_non_root
from course_service.checks.builds import Builds
from course_service.checks.check import Workbench
from course_service.checks.runs_as_non_root import RunsAsNonRoot, is_roots_name
from course_service.errors import SandboxFault
from course_service.sandbox import Run
from course_service.sandbox_life import open_sandbox
from course_service.submission import Submission
from spawner.session_policy import Egress
from tests.course_service.sandbox_stand_ins import WillingSandbox

from .workbenches import bench_with_image

ROOT = Run(0, "Uid:\t1000\t1000\t1000\t1000\n")
ENDED = Run(1, "grep: /proc/0/status: No such file or directory\n")


class UserSandbox(WillingSandbox):
    """The kernel says `status` of the container's process, the engine `user` of the image."""

    def __init__(self, status: Run, user: Run) -> None:
        super().__init__()
        self._status = status
        self._user = user

    def answer(self, command: str, on_line) -> Run:
        if "/status" in command:
            return self._status
        return self._user if "Config.User" in command else Run(0, "")


@pytest.fixture
def soon_settled(monkeypatch) -> None:
    """A process that is root's is looked at for a moment only."""
    monkeypatch.setattr(runs_as_non_root, "SETTLE_SECONDS", 0)


def is_well(status: Run, user: Run) -> bool:
    sandbox = UserSandbox(status, user)
    bench = bench_with_image(sandbox)
    found = RunsAsNonRoot(kind="runs_as_non_root", title="t").run(bench)
    assert ["docker", "rm", "--force"] in [command[:3] for command in sandbox.commands]
    assert [failure.code.value for failure in found] in ([], ["runs_as_root"])
    return not found


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("100999 100999 100999 100999", True),
        ("1000 1000 1000 1000", False),
        ("100999 1000 100999 100999", False),
        ("100999 100999 1000 100999", False),
        ("101000 101000 101000 101000", True),
    ],
)
@pytest.mark.usefixtures("soon_settled")
def test_a_living_process_is_asked_for_its_users(numbers, expected):
    assert is_well(Run(0, "Uid:\t" + numbers.replace(" ", "\t") + "\n"), Run(0, "root\n")) is expected


class DroppingSandbox(UserSandbox):
    """The container's process is root's at first, and then as `after` says."""

    def __init__(self, after: Run) -> None:
        super().__init__(ROOT, Run(0, ""))
        self._after = after

    def answer(self, command: str, on_line) -> Run:
        looks = sum("/status" in " ".join(one) for one in self.commands)
        return self._after if "/status" in command and looks > 2 else super().answer(command, on_line)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(Run(0, "Uid:\t100999\t100999\t100999\t100999\n"), True, id="another user's"),
        pytest.param(ENDED, False, id="ended, and the image has no USER"),
    ],
)
def test_a_process_may_begin_as_root(after, expected):
    check = RunsAsNonRoot(kind="runs_as_non_root", title="t")
    assert (check.run(bench_with_image(DroppingSandbox(after))) == ()) is expected


@pytest.mark.engine
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param("exec setpriv --reuid 1000 --regid 1000 --clear-groups sleep 60", (), id="it drops"),
        pytest.param(
            "setpriv --reuid 1000 --regid 1000 --clear-groups sleep 60", ("runs_as_root",), id="stays"
        ),
    ],
)
def test_an_entry_point_that_begins_as_root_is_looked_at_until_it_settles(engine_settings, last, expected):
    dockerfile = f'FROM python:3.13-slim\nENTRYPOINT ["sh", "-c", "sleep 1; {last}; true"]\n'
    submission = Submission({"Dockerfile": dockerfile.encode()})
    with open_sandbox(engine_settings, Egress.NONE, "test") as sandbox:
        sandbox.write(submission.files)
        bench = Workbench(sandbox, submission, Egress.NONE, (), lambda _: None)
        assert Builds(kind="builds", title="t").run(bench) == ()
        failures = RunsAsNonRoot(kind="runs_as_non_root", title="t").run(bench)
    assert tuple(failure.code for failure in failures) == expected


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", False),
        ("root", False),
        ("0", False),
        ("000", False),
        ("0:1000", False),
        ("root:app", False),
        ("1000", True),
        ("app", True),
        ("app:root", True),
        ("1000:0", True),
    ],
)
def test_where_it_has_ended_the_image_says(user, expected):
    assert is_well(ENDED, Run(0, f"{user}\n")) is expected


def test_an_engine_that_does_not_say_is_our_fault():
    with pytest.raises(SandboxFault):
        is_well(ENDED, Run(1, ""))


USERS = (
    "root:x:0:0::/root:/bin/sh",
    "app:x:0:0::/:/bin/sh",
    "1000:x:0:0::/:/bin/sh",
    "web:x:1001:1001::/:/bin/sh",
)


@pytest.mark.parametrize(
    ("user", "users", "is_root"),
    [
        ("", (), True),
        ("root", (), True),
        ("0", (), True),
        ("00", (), True),
        ("00", USERS, True),
        ("app", USERS, True),
        pytest.param("1000", USERS, True, id="a name that looks like a number"),
        ("web", USERS, False),
        ("1001", USERS, False),
        ("65534", (), False),
        pytest.param("app", ("app:x:not-a-number:0::/:/bin/sh", "nonsense"), False, id="lines that are none"),
    ],
)
def test_roots_names_are_told_from_others(user, users, is_root):
    assert is_roots_name(user, users) is is_root
