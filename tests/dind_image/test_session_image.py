"""What the session image promises, asked of a running session as its user."""

from __future__ import annotations

import shlex
from pathlib import Path

import docker
import pytest

from operator_cli.base_images import load_base_images

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parent.parent.parent
NOT_COMPILED = """
import importlib.util, os, struct
from pathlib import Path
for folder in ("/opt/jupyter/lib", "/opt/containrlab/python"):
    for source in Path(folder).rglob("*.py"):
        facts = os.stat(source)
        expected = importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, int(facts.st_mtime), facts.st_size)
        compiled = Path(importlib.util.cache_from_source(source))
        if not compiled.exists() or compiled.read_bytes()[:16] != expected:
            print(source)
"""


def test_no_process_is_root_of_the_host(session):
    uids = session.run("bash", "-c", "cat /proc/[0-9]*/status | grep ^Uid").split("\n")
    assert {uid for line in uids if line for uid in line.split()[1:]} >= {"1000"}
    assert not any("0" in line.split()[1:] for line in uids if line)


def test_no_capability_is_held_and_only_two_could_be(session):
    status = dict(
        line.split(":\t", 1) for line in session.run("cat", "/proc/1/status").splitlines() if ":\t" in line
    )
    assert int(status["CapEff"], 16) == 0
    assert int(status["CapBnd"], 16) == 0xC0  # SETGID, SETUID
    assert status["Seccomp"] == "2"


def test_no_file_gives_another_user(session):
    assert session.run("bash", "-c", "find / -xdev -perm /6000 -type f 2> /dev/null || true") == ""


@pytest.mark.parametrize(
    "path", ["/", "/etc/passwd", "/opt/containrlab/entry", "/images", "/proc/sys/kernel/core_pattern"]
)
def test_learner_cannot_write(session, path: str):
    assert (
        session.run("bash", "-c", f"test -w {shlex.quote(path)} && echo writable || echo no").strip() == "no"
    )


def test_lab_images_are_there_without_pull_or_load(session):
    offered = {image.tag for image in load_base_images()}
    assert offered <= set(session.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").split())


@pytest.mark.parametrize(
    ("image", "command"),
    [
        ("python:3.13-slim", "python --version && pip --version"),
        ("node:24-slim", "node --version && npm --version && npx --version && id -u node"),
        pytest.param("node:24-slim", "! command -v pip python3", id="what fetched Node is gone"),
    ],
)
def test_lab_images_have_their_commands(session, image: str, command: str):
    session.run("docker", "run", "--rm", image, "sh", "-c", command)


def test_what_is_no_command_is_for_node(session):
    assert session.run("docker", "run", "--rm", "node:24-slim", "--print", "6 * 7").strip() == "42"


def test_session_starts_on_the_shared_store_and_not_on_a_copy(session):
    # The store's layout on disk is the engine's own; a new engine version that changes it fails here.
    links = session.run("bash", "-c", "find /engine/containerd/daemon -type l | wc -l")
    assert int(links) > 0
    kilobytes = session.run("bash", "-c", "du -sk /engine 2> /dev/null | cut -f 1")
    assert int(kilobytes) < 10_000


def test_image_builds_runs_and_answers_on_a_published_port(session):
    dockerfile = (
        "FROM python:3.13-slim\nRUN echo hello > /index.html\nWORKDIR /\n"
        'CMD ["python", "-m", "http.server", "8080"]\n'
    )
    session.run(
        "bash",
        "-c",
        f"mkdir -p /workspace/web && printf %s {shlex.quote(dockerfile)} > /workspace/web/Dockerfile",
    )
    session.run("docker", "build", "-t", "web", "/workspace/web")
    session.run("docker", "run", "-d", "-p", "8080:8080", "--name", "web", "web")
    answer = session.run(
        "bash", "-c", "timeout 20 bash -c 'until curl -sf localhost:8080; do sleep 0.1; done'"
    )
    assert answer == "hello\n"
    session.run("docker", "rm", "-f", "web")


def test_unknown_base_image_fails_at_once(session):
    printed = session.run(
        "bash",
        "-c",
        "cd /tmp && echo 'FROM nosuch:1' > Dockerfile && timeout 15 docker build . 2>&1; echo ended $?",
    )
    assert "ended 1" in printed


def test_engine_that_dies_comes_back(session):
    before = session.run("pgrep", "-x", "dockerd").strip()
    session.run("pkill", "-KILL", "-x", "dockerd")
    session.run(
        "bash", "-c", f"timeout 30 bash -c 'until pgrep -x dockerd | grep -qvx {before}; do sleep 0.1; done'"
    )
    session.run("wait-for-engine", "30")
    assert "python:3.13-slim" in session.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}")


def test_sessions_do_not_share_images(session, start_session):
    session.run("docker", "tag", "python:3.13-slim", "mine:1")
    neighbour = start_session("neighbour")
    assert "mine:1" not in neighbour.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}")


def test_a_sessions_own_processes_have_the_proxy_and_its_engine_has_not(start_session):
    session = start_session("proxied", egress_port=8083)
    gateway = session.run("sh", "-c", "echo ${CONTAINRLAB_EGRESS_PROXY#http://}").partition(":")[0]
    script = "tr '\\0' '\\n' < /proc/$(pgrep -ox {})/environ | grep -i _proxy= || true"
    own = dict(line.split("=", 1) for line in session.run("sh", "-c", script.format("sleep")).splitlines())
    proxy = f"http://{gateway}:8083"
    assert own["http_proxy"] == own["https_proxy"] == own["HTTP_PROXY"] == own["HTTPS_PROXY"] == proxy
    assert own["no_proxy"] == own["NO_PROXY"]
    assert {gateway, "127.0.0.1", "localhost"} <= set(own["no_proxy"].split(","))
    assert session.run("sh", "-c", script.format("dockerd")) == f"CONTAINRLAB_EGRESS_PROXY={proxy}\n"


def test_learners_server_starts_without_the_grammar_compiler(session):
    # rfc3987_syntax compiles a grammar when imported: seconds of every session's start.
    imports = session.run(
        "bash", "-c", "python3 -X importtime -c 'import jupyterhub.singleuser, jupyterlab.labapp' 2>&1"
    )
    assert "jupyter_server.serverapp" in imports
    assert "lark" not in imports


def test_everything_that_a_server_imports_is_compiled(session):
    # No session can write bytecode: what is missing, or older than its source, is compiled at every start.
    assert session.run("/opt/jupyter/bin/python3", "-c", NOT_COMPILED) == ""


def test_image_holds_no_judge(engine: docker.APIClient, session):
    found = session.run(
        "bash",
        "-c",
        "find / -xdev \\( -name course_service -o -path '*judge/solution*' \\) 2> /dev/null || true",
    )
    assert found == ""
