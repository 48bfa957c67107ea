"""Dockerfiles that do not build, and builds that do not begin."""

from __future__ import annotations

from spawner.session_policy import Egress

from .scenario import NODE, PYTHON, Scenario, builds, types

SECOND_STAGE = f"FROM python:3.13-slim AS builder\nWORKDIR /app\nRUN mkdir dist\n{PYTHON}"

DOCKERFILES = (
    builds("copy-not-in-context", f"{PYTHON}COPY requirement.txt .\n", files={"requirements.txt": ""}),
    builds(
        "copy-ignored",
        f"{PYTHON}COPY app.py .\n",
        expected="copy-not-in-context",
        files={"app.py": "", ".dockerignore": "*.py\n"},
    ),
    builds("copy-outside-context", f"{PYTHON}COPY ../shared /shared\n"),
    builds("copy-from-stage-missing-path", f"{SECOND_STAGE}COPY --from=builder dist ./dist\n"),
    builds("copy-from-unknown-stage", f"{SECOND_STAGE}COPY --from=biulder /app/dist ./dist\n"),
    builds("copy-one-argument", f"{PYTHON}COPY app.py\n", files={"app.py": ""}),
    builds("unknown-instruction", f"{PYTHON}RUNN pip install flask\n"),
    builds("command-without-run", f"{PYTHON}RUN apt-get update &&\npip install flask\n"),
    builds("dockerfile-does-not-parse", f"{PYTHON}SHELL bash\n"),
    builds("no-from", 'WORKDIR /app\nCMD ["python", "app.py"]\n'),
    builds("empty-dockerfile", "# to do\n"),
    Scenario("dockerfile-missing", "dockerfile-missing", files={"app.py": ""}),
    builds("base-image-unavailable", "FROM python:3.9-alpine\nRUN true\n"),
    builds("image-name-not-lowercase", "FROM Python:3.13-slim\n"),
    builds("from-three-arguments", "FROM python:3.13-slim as\n"),
    builds("env-without-equals", f"{PYTHON}ENV PORT\n"),
    builds("env-no-equals-in-word", f"{PYTHON}ENV PORT=8080 HOST\n", expected="env-without-equals"),
    builds("expose-not-a-port", f"{PYTHON}EXPOSE http\n"),
    builds("unknown-flag", f"{SECOND_STAGE}COPY --form=builder /app/dist ./dist\n"),
    builds("quote-not-closed", f'{PYTHON}ENV GREETING="hello\nCMD ["python", "app.py"]\n'),
    builds("heredoc-not-closed", f"{PYTHON}RUN <<EOF\npip install flask\n"),
    builds("add-from-the-internet", f"{PYTHON}ADD https://example.org/data.csv /data/\n"),
    builds("syntax-line", f"# syntax=docker/dockerfile:1\n{PYTHON}RUN true\n"),
    builds("stages-in-a-circle", "FROM python:3.13-slim AS one\nCOPY --from=one /a /a\n"),
    builds("user-unknown", f"{PYTHON}USER app\nRUN true\n"),
    builds("workdir-is-a-file", f"{PYTHON}COPY app /app\nWORKDIR /app\n", files={"app": ""}),
    builds("image-name-invalid", "FROM python:\n"),
    builds(
        "run-list-is-a-sentence", f'{PYTHON}RUN ["pip install flask"]\n', expected="program-is-a-sentence"
    ),
)

COMMANDS = (
    builds("shell-command-not-found", f"{PYTHON}RUN curll https://example.org\n"),
    builds("installer-not-in-image", f"{NODE}RUN pip install flask\n"),
    builds("script-not-executable", f"{PYTHON}COPY go.sh .\nRUN ./go.sh\n", files={"go.sh": "#!/bin/sh\n"}),
    builds(
        "script-not-found",
        f"{PYTHON}COPY go.sh .\nRUN ./go.sh\n",
        files={"go.sh": "#!/bin/sh\r\necho hi\r\n"},
        executables=frozenset({"go.sh"}),
    ),
    builds("cannot-change-folder", f"{PYTHON}RUN cd src && python setup.py\n"),
    builds("file-missing-in-run", f"{PYTHON}RUN cat settings.ini\n"),
    builds("shell-syntax", f"{PYTHON}RUN if true; then echo yes\n"),
    builds("apt-lists-missing", f"{PYTHON}RUN apt-get install -y curl\n", expected="apt-package-unknown"),
    builds(
        "apt-package-unknown",
        f"{PYTHON}RUN apt-get update && apt-get install -y pyhton3-dev\n",
    ),
    builds("apt-wants-yes", f"{PYTHON}RUN apt-get update && apt-get install curl\n"),
    builds("apt-as-user", f"{PYTHON}RUN useradd app\nUSER app\nRUN apt-get update\n"),
    builds("killed-137", f"{PYTHON}RUN python -c 'import os; os.kill(os.getpid(), 9)'\n"),
    builds("crashed-139", f"{PYTHON}RUN python -c 'import ctypes; ctypes.string_at(0)'\n"),
    builds("disk-full", f"{PYTHON}RUN head -c 90000000 /dev/zero > /dev/shm/fill\n"),
    builds(
        "download-refused",
        f"{PYTHON}RUN python -c \"from urllib.request import *; urlopen('https://example.org/x')\"\n",
    ),
    builds(
        "no-network",
        f"{PYTHON}RUN apt-get update && apt-get install -y curl\n",
        egress=Egress.NONE,
    ),
    builds("command-failed", f"{PYTHON}RUN test -e /ready\n"),
    builds("python-no-input", f"{PYTHON}RUN python -c 'input(\"name? \")'\n"),
    builds("sudo-in-build", f"{PYTHON}RUN sudo apt-get update\n"),
    builds("source-in-sh", f"{PYTHON}RUN python3 -m compileall -q . && source venv/bin/activate\n"),
)

COMMAND_LINE = (
    types("build-without-folder", "docker build -t app"),
    types("build-folder-missing", "docker build -t app ./ap"),
    types("tag-not-lowercase", "docker build -t MyApp ."),
    types("target-stage-missing", "docker build --target builder .", files={"Dockerfile": PYTHON}),
    types(
        "dockerfile-other-name",
        "docker build -f dockerfile.dev .",
        files={"Dockerfile": PYTHON},
        expected="dockerfile-missing",
    ),
    types("unknown-option", "docker build --nocache ."),
    types(
        "build-in-a-terminal",
        "script -qec 'docker build .' /dev/null",
        files={"Dockerfile": f"{PYTHON}RUN true\nRUN pip install -r requirements.txt\n"},
        expected="pip-requirements-missing",
    ),
    types("not-a-docker-command", "docker biuld ."),
)
