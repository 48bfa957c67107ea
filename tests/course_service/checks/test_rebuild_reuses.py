"""A second build after a change: what the engine says of it, and real ones on a real engine."""

from __future__ import annotations

import pytest

from course_service.checks.builds import Builds
from course_service.checks.check import Workbench
from course_service.checks.rebuild_reuses import RebuildReuses
from course_service.errors import SandboxFault
from course_service.sandbox import Run
from course_service.sandbox_life import open_sandbox
from course_service.submission import Submission
from spawner.session_policy import Egress
from tests.course_service.sandbox_stand_ins import WillingSandbox

CHECK = RebuildReuses(kind="rebuild_reuses", title="t", manifest="requirements.txt", touch="app.py")
BASE = "FROM python:3.13-slim\n"
BUILDER = "FROM python:3.13-slim AS Builder\n"
LIST = "COPY requirements.txt .\n"
INSTALL = "RUN pip install --no-cache-dir -r requirements.txt\n"
MOUNTED = "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt\n"
ALL = "COPY . .\n"
RIGHT = BASE + LIST + INSTALL + ALL


class RebuildingSandbox(WillingSandbox):
    """The second build prints `lines` and ends as `exit_code` says; what is written is kept."""

    def __init__(self, *lines: str, exit_code: int = 0) -> None:
        super().__init__()
        self._lines = lines
        self._exit_code = exit_code
        self.written: list[tuple[dict[str, bytes], frozenset[str]]] = []

    def write(self, files, *, folder="", executables=frozenset()) -> None:
        self.written.append((dict(files), executables))

    def answer(self, command: str, on_line) -> Run:
        for line in self._lines:
            on_line(line)
        return Run(self._exit_code, "".join(f"{line}\n" for line in self._lines))


def workbench(sandbox, files: dict[str, bytes], executables=frozenset()) -> Workbench:
    submission = Submission(files, executables)
    return Workbench(sandbox, submission, Egress.NONE, ("python:3.13-slim",), lambda _: None)


def judged(sandbox, dockerfile: str = RIGHT):
    return CHECK.run(workbench(sandbox, {"Dockerfile": dockerfile.encode(), "app.py": b"x"}))


def test_an_install_from_the_cache_passes():
    assert judged(RebuildingSandbox("#6 [3/4] RUN pip", "#6 CACHED")) == ()


def test_an_install_that_ran_again_fails_and_names_its_line():
    (failure,) = judged(RebuildingSandbox("#6 [3/4] RUN pip", "#6 0.1 #6 CACHED"))
    assert failure.code == "cache_not_reused"
    assert "ran line 3 again" in failure.message


def test_it_cannot_tell_where_the_build_has_no_such_step():
    assert judged(RebuildingSandbox("#1 building")) is None


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": RIGHT.encode()},
        {"Dockerfile": BASE.encode(), "app.py": b""},
        {"Dockerfile": b"", "app.py": b""},
        {"app.py": b""},
        {"Dockerfile": (BASE + INSTALL + BASE).encode(), "app.py": b""},
    ],
    ids=["no app.py", "no install", "unreadable", "no Dockerfile", "install in a stage that is not built"],
)
def test_it_cannot_tell_without_an_install_and_the_file_to_change(files):
    sandbox = RebuildingSandbox()
    assert CHECK.run(workbench(sandbox, files)) is None
    assert sandbox.written == []


def test_the_file_is_changed_for_the_build_alone_and_keeps_its_mode():
    sandbox = RebuildingSandbox("#6 [3/4] RUN pip", "#6 CACHED")
    files = {"Dockerfile": RIGHT.encode(), "app.py": b"x", "run.sh": b""}
    CHECK.run(workbench(sandbox, files, frozenset({"app.py", "run.sh"})))
    executables = frozenset({"app.py"})
    assert sandbox.written == [({"app.py": b"x\n"}, executables), ({"app.py": b"x"}, executables)]


def test_a_second_build_that_fails_says_why_where_the_install_was_reused():
    error = "ERROR: failed to solve: process did not complete successfully: exit code: 1"
    (failure,) = judged(RebuildingSandbox("#6 [3/4] RUN pip", "#6 CACHED", error, exit_code=1))
    assert failure.code == "docker_build_failed"
    assert failure.message.startswith("The first build went well; one after a change in app.py did not.")


@pytest.mark.parametrize(
    "lines",
    [
        ["Cannot connect to the Docker daemon at unix://x"],
        ["#6 [3/4] RUN pip", "ERROR: failed to receive status: rpc error: code = Unavailable desc = EOF"],
    ],
    ids=["engine gone", "engine gone on the way"],
)
def test_a_fault_of_ours_is_not_the_learners(lines):
    with pytest.raises(SandboxFault):
        judged(RebuildingSandbox(*lines, exit_code=1))


ON_ENGINE = {
    "right order": (RIGHT, []),
    "wrong order": (BASE + ALL + INSTALL, ["cache_not_reused"]),
    "builder": (BUILDER + LIST + INSTALL + BASE + "COPY --from=builder /usr/local /usr/local\n" + ALL, []),
    "builder, wrong": (
        BUILDER + ALL + INSTALL + BASE + "COPY --from=builder /app.py /\n", ["cache_not_reused"]
    ),
    "number": (RIGHT + "FROM scratch\nCOPY --from=0 /app.py /\nCMD []\n", []),
    "heredoc": (BASE + LIST + "RUN <<EOF\nset -e\npip install -r requirements.txt\nEOF\n" + ALL, []),
    "cache mount": (BASE + LIST + MOUNTED + ALL, []),
    "cache mount, wrong": (BASE + ALL + MOUNTED, ["cache_not_reused"]),
    "context mounted": (
        BASE + "RUN --mount=type=bind,target=/x pip install -r /x/requirements.txt\n" + ALL,
        ["cache_not_reused"],
    ),
    "equal stages": (
        BUILDER + LIST + INSTALL + "FROM python:3.13-slim AS two\n" + LIST + INSTALL + ALL
        + "COPY --from=builder /requirements.txt /x\n",
        [],
    ),
    "on a stage": (
        BUILDER + LIST + INSTALL + "FROM builder AS test\n" + ALL + INSTALL + "FROM builder\n" + ALL, []
    ),
    "again, too late": (RIGHT + INSTALL, ["cache_not_reused"]),
    "forged": (
        BASE + ALL + INSTALL[:-1] + " && printf '\\r#%s CACHED\\n' 1 2 3 4 5 6 7 8 9 10\n",
        ["cache_not_reused"],
    ),
}  # fmt: skip


QUICK_PIP = f"echo '{BASE}RUN ln -sf /bin/true $(command -v pip)' | docker build --tag {BASE.split()[1]} -"
"""A base image whose pip ends at once: what it does is not asked here, only whether it is started again."""


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_real_builds_are_judged_by_what_the_engine_reused(engine_settings):
    seen = {}
    with open_sandbox(engine_settings, Egress.NONE, "test") as sandbox:
        quickened = sandbox.run(["bash", "-c", QUICK_PIP], timeout_seconds=60)
        assert quickened.succeeded, quickened.output
        for name, (dockerfile, _) in ON_ENGINE.items():
            sandbox.run(["rm", "-rf", "/workspace/submission"], timeout_seconds=20)
            files = {"Dockerfile": dockerfile, "requirements.txt": f"# {name}\n", "app.py": f"# {name}\n"}
            bench = workbench(sandbox, {path: text.encode() for path, text in files.items()})
            sandbox.write(bench.submission.files)
            assert Builds(kind="builds", title="t").run(bench) == (), bench.build_log
            found = CHECK.run(bench)
            seen[name] = None if found is None else [failure.code.value for failure in found]
    assert seen == {name: codes for name, (_, codes) in ON_ENGINE.items()}
