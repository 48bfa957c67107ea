"""A JupyterLab server in a process of its own, as the widgets and a browser meet it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.free_ports import free_port

from .course_stand_in import CourseStandIn

BASE_URL = "/user/a%40b/"
START_SECONDS = 60.0


def eventually(holds: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Polls until it holds, or fails with what was waited for."""
    give_up_at = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < give_up_at, f"not within {seconds:.0f} s: {what}"
        pause.wait(0.02)


class LiveServer:
    def __init__(self, course: CourseStandIn, folder: Path, token: str) -> None:
        self.course = course
        self.token = token
        self.root = folder / "workspace"
        self._log = folder / "server.log"
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{BASE_URL}"

    def start(self) -> None:
        self.root.mkdir()
        options = {
            "--ServerApp.port": str(self._port),
            "--ServerApp.port_retries": "0",
            "--ServerApp.base_url": BASE_URL,
            "--ServerApp.root_dir": str(self.root),
            "--ServerApp.jpserver_extensions": "{'judge_extension': True}",
            "--IdentityProvider.token": self.token,
            "--LabApp.expose_app_in_browser": "True",
            "--LabApp.news_url": "",
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"{name}={value}" for name, value in options.items()]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=log)
        eventually(self._answers, "the server answers", START_SECONDS)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def clear(self) -> None:
        """An empty workspace, nothing that runs, no layouts, and a service that is well."""
        self.course.release.set()
        self.course.become_well()
        self._end_all("api/sessions", "id")
        self._end_all("api/terminals", "name")
        for folder in (self.root, self._folder / "layouts"):
            for path in folder.glob("*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _end_all(self, path: str, key: str) -> None:
        headers = {"Authorization": f"token {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False) as client:
            for one in client.get(path).json():
                client.delete(f"{path}/{one[key]}").raise_for_status()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the server has ended:\n{self.log()}"
        try:
            return httpx.get(f"{self.url}api", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _environment(self) -> dict[str, str]:
        """What JupyterHub and the session image would tell it, and nothing of this machine's Jupyter."""
        home = self._folder / "home"
        home.mkdir()
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),  # the code beside this test, in kernels too
            "HOME": str(home),
            "SHELL": "/bin/bash",
            "JUPYTER_CONFIG_DIR": str(self._folder / "config"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._folder / "layouts"),
            "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:{self._port}{BASE_URL}",
            "JUPYTERHUB_SERVICE_PREFIX": BASE_URL,
            "JUPYTERHUB_API_TOKEN": self.token,
            "CONTAINRLAB_COURSE_URL": self.course.url,
            "HTTP_PROXY": "http://127.0.0.1:9",  # a session has one, which must not be asked
        }
