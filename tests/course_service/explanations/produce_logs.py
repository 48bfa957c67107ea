"""Make the logs of `logs/` anew, in real sandboxes, with what learners' sessions have.

    python -m tests.course_service.explanations.produce_logs [NAME…]

Needs the machine's engine, our images and the package registries. What changes from machine to machine is
replaced by a stated rule (`scrub`): the address of the sandbox's own gateway, where the egress proxy answers.
"""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tornado.testing import bind_unused_port

from course_service.checks.builds import build_command
from course_service.sandbox import SUBMISSION_FOLDER, Sandbox
from course_service.sandbox_life import open_sandbox
from hub_config.settings import Settings
from operator_cli.egress_proxy import egress_proxy
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from spawner.session_policy import Egress

from . import build_scenarios, installer_scenarios, look_alikes, program_scenarios, run_scenarios
from .scenario import Scenario

LOGS = Path(__file__).parent / "logs"
SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        *build_scenarios.DOCKERFILES,
        *build_scenarios.COMMANDS,
        *build_scenarios.COMMAND_LINE,
        *run_scenarios.CONTAINERS,
        *run_scenarios.COMMANDS,
        *installer_scenarios.PIP,
        *installer_scenarios.NPM,
        *program_scenarios.PYTHON_PROGRAMS,
        *program_scenarios.NODE_PROGRAMS,
        *look_alikes.LOOK_ALIKES,
    )
}

_SECONDS = 240
_CLEAR = 'rm -rf "$0" && mkdir "$0"'
_SCRIPT = 'cd "$0" && { [ ! -e Dockerfile ] || docker build -q -t app . >/dev/null; } && eval "$1"'
_TYPED = 'cd "$0" && eval "$1"'
_GATEWAY = re.compile(r"\b10\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")


def produce(sandbox: Sandbox, scenario: Scenario) -> str:
    """The log of `scenario`, made in `sandbox`."""
    sandbox.run(["bash", "-c", _CLEAR, SUBMISSION_FOLDER], timeout_seconds=20)
    if scenario.files:
        sandbox.write(
            {path: text.encode() for path, text in scenario.files.items()}, executables=scenario.executables
        )
    if scenario.script is None:
        command = build_command(scenario.egress, "app")
    else:
        shell = _TYPED if "docker build" in scenario.script else _SCRIPT
        command = ["bash", "-c", shell, SUBMISSION_FOLDER, scenario.script]
    return scrub(sandbox.run(command, timeout_seconds=_SECONDS).output)


def scrub(log: str) -> str:
    """`log` with the documentation's address in place of the sandbox's gateway."""
    return _GATEWAY.sub("192.0.2.1", log)


def main() -> None:
    """Write the logs that are named, or all."""
    listener, port = bind_unused_port()
    listener.close()
    progress = Progress()
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(
            instance="containrlab-logs", bridge_prefix="clg", state_dir=state, egress_port=port
        )
        stack.enter_context(egress_proxy(settings, Packages(progress), progress))
        sandboxes: dict[Egress, Sandbox] = {}
        for name in sys.argv[1:] or SCENARIOS:
            egress = SCENARIOS[name].egress
            if egress not in sandboxes:
                sandboxes[egress] = stack.enter_context(open_sandbox(settings, egress, "logs"))
            log = produce(sandboxes[egress], SCENARIOS[name])
            (LOGS / f"{name}.log").write_text(log, encoding="utf-8")
            print(f"{name}: {len(log.splitlines())} lines", flush=True)


if __name__ == "__main__":
    main()
