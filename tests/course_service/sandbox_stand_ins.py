"""Sandboxes without an engine, each with one way to behave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from course_service.errors import SandboxFault
from course_service.sandbox import Run
from spawner.errors import ImageStoreMissing

IMAGE = 'sha256:image\n5 "COPY"\n100 "FROM"\n'
"""The image's digest and its layers, the newest first."""


class WillingSandbox:
    """Every command goes well; the image answers as lab 1's app does; the context lets nothing through."""

    def __init__(self) -> None:
        self.opened = 0
        self.commands: list[list[str]] = []

    @contextmanager
    def open(self) -> Iterator[WillingSandbox]:
        self.opened += 1
        yield self

    def write(self, files, *, folder="", executables=frozenset()) -> None:
        pass

    def met_memory_limit(self) -> bool:
        return False

    def met_process_limit(self) -> bool:
        return False

    def run(self, argv, *, on_line=None, **_) -> Run:
        self.commands.append(list(argv))
        return self.answer(" ".join(argv), on_line)

    def answer(self, command: str, on_line) -> Run:
        if command.startswith("docker build"):
            if on_line is not None:
                on_line("#1 building")
            return Run(0, "#1 building\n", seconds=1.5)
        if "docker history" in command:
            return Run(0, IMAGE)
        if "recipe/Dockerfile" in command:  # the probe of the context prints a mark, then what came out
            return Run(0, f"{command.split()[-1]}\n")
        if command.startswith("docker inspect"):
            return Run(0, "true 0\n")
        if "curl" in command:  # as lab1's app answers GET /hello/NAME
            return Run(0, f'HTTP/1.1 200 OK\n\n{{"hello": "{command.rpartition("/")[2]}"}}')
        return Run(0, "")


class OneSandbox:
    """Where a queue gets its sandboxes: each attempt meets the given one."""

    def __init__(self, sandbox: WillingSandbox) -> None:
        self.sandbox = sandbox

    def open(self, _egress, _owner):
        return self.sandbox.open()

    def destroy_all(self) -> None:
        """A held sandbox is let go, as one is whose container is removed."""
        if isinstance(self.sandbox, HeldSandbox):
            self.sandbox.go.set()


class BuildFailingSandbox(WillingSandbox):
    """The learner's build fails; the probe of the context goes well."""

    def answer(self, command: str, on_line) -> Run:
        if command.startswith("docker build") and "--tag" in command:
            return Run(1, "ERROR: failed to solve: file with no instructions\n")
        return super().answer(command, on_line)


class VanishingSandbox(WillingSandbox):
    """Gone at the first command."""

    def met_process_limit(self) -> bool:
        return bool(self.run(["cat"]))

    def answer(self, command: str, on_line) -> Run:
        raise SandboxFault("The sandbox stopped answering while your folder was judged.")


class BrokenSandbox(WillingSandbox):
    """Meets a mistake in our own code."""

    def answer(self, command: str, on_line) -> Run:
        raise ZeroDivisionError("secret of the inside")


class MissingSandbox(WillingSandbox):
    """Cannot be started."""

    @contextmanager
    def open(self) -> Iterator[WillingSandbox]:
        raise ImageStoreMissing("No complete image store; run: containrlab images build")
        yield self


class HeldSandbox(WillingSandbox):
    """Starts when it is let go, and counts how many are held at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.started = threading.Semaphore(0)

    @contextmanager
    def open(self) -> Iterator[WillingSandbox]:
        self.opened += 1
        self.started.release()
        assert self.go.wait(20)
        yield self
