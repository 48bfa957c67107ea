"""The judge on a solution, and the same by hand in an open session, measured in turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from course_service.catalogue import Lab, load_catalogue
from course_service.judge import judge
from course_service.progress import Progress as JudgeProgress
from course_service.sandbox import Sandbox
from course_service.sandbox_life import Keeper, open_sandbox
from course_service.sandbox_stock import SandboxStock
from course_service.submission import Submission, read_folder
from hub_config.settings import Settings

from ..errors import OperatorError
from ..progress import Progress
from ..waiting import wait_for

LAB = "lab1"
SPARE_SECONDS = 60
HAND_SECONDS = 300
_FOLDER = "/workspace/by-hand"
_HAND_SCRIPT = (
    'cd "$0" && docker build --quiet --tag by-hand . && '
    "docker run --detach --name by-hand --publish 8080:8080 by-hand && "
    "until curl --silent --fail localhost:8080/health; do sleep 0.05; done"
)
# Untimed: the next build by hand begins as the judge's does, without a cache.
_FORGET_SCRIPT = (
    "docker rm --force by-hand; docker image rm --force by-hand; docker builder prune --all --force"
)


@dataclass
class Measured:
    """Seconds of each run; `steps` by what the judge said it was doing."""

    judge_seconds: list[float] = field(default_factory=list)
    hand_seconds: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=dict)


class JudgeBench:
    """Needs what a judge needs around it: images, firewall, egress proxy."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._lab: Lab = load_catalogue(settings.labs_dir).find(LAB)
        self._solution: Submission = read_folder(self._lab.folder / "judge" / "solution")
        self._measured = Measured()

    def measure(self, runs: int) -> Measured:
        """Both ways, `runs` times in turn. Raises `OperatorError`, and of ``spawner.errors``."""
        stock = SandboxStock(self._settings, Keeper.BENCH)
        stock.start()
        try:
            egress = self._lab.description.egress
            with open_sandbox(self._settings, egress, "bench") as session:
                session.write(self._solution.files, folder=_FOLDER)
                for run in range(1, runs + 1):
                    self._progress.update(f"run {run} of {runs}")
                    self._judge(stock)
                    self._by_hand(session)
        finally:
            stock.close()
        return self._measured

    def _judge(self, stock: SandboxStock) -> None:
        if not wait_for(lambda: stock.count_spares() > 0, SPARE_SECONDS):
            raise _failed("no sandbox was ready")
        clock = _StepClock()
        result = judge(
            self._lab, self._solution, lambda: stock.open(self._lab.description.egress, "bench"), clock.take
        )
        clock.end()
        if not result.passed:
            raise _failed(f"{LAB}'s solution did not pass: {result.notes.fault or result.failures}")
        self._measured.judge_seconds.append(sum(seconds for _, seconds in clock.steps))
        for name, seconds in clock.steps:
            self._measured.steps.setdefault(name, []).append(seconds)

    def _by_hand(self, session: Sandbox) -> None:
        session.run(["bash", "-c", _FORGET_SCRIPT], timeout_seconds=HAND_SECONDS)
        run = session.run(["bash", "-c", _HAND_SCRIPT, _FOLDER], timeout_seconds=HAND_SECONDS)
        if not run.succeeded:
            raise _failed(f"by hand it ended with {run.exit_code}: {run.output[-500:]}")
        self._measured.hand_seconds.append(run.seconds)


class _StepClock:
    """How long the judge was at each thing that it said it was doing."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self._name = ""
        self._since = time.monotonic()

    def take(self, event: JudgeProgress) -> None:
        message = event.get("message")
        if isinstance(message, str):
            self.end()
            self._name = message

    def end(self) -> None:
        now = time.monotonic()
        if self._name:
            self.steps.append((self._name, now - self._since))
        self._since = now


def _failed(reason: str) -> OperatorError:
    return OperatorError("The bench could not be run to its end", reason, "containrlab judge shows more")
