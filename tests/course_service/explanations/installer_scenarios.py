"""pip and npm, in a build, with the lab's registries and without."""

from __future__ import annotations

import json
from typing import Any

from spawner.session_policy import Egress

from .scenario import NO_FILES, NODE, PYTHON, Files, Scenario, builds

EXTENSION = (
    "from setuptools import Extension, setup\n"
    'setup(name="fast", version="1", ext_modules=[Extension("fast", ["fast.c"])])\n'
)
OLDER_PYTHON = (
    '[project]\nname = "app"\nversion = "1"\nrequires-python = "<3.8"\n'
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
)
MARKER = "/usr/lib/python3.13/EXTERNALLY-MANAGED"


def _pip(name: str, what: str, *, before: str = "", **fields: Any) -> Scenario:
    return builds(name, f"{PYTHON}WORKDIR /app\n{before}RUN pip install {what}\n", **fields)


def _requires(name: str, *lines: str) -> Scenario:
    files = {"requirements.txt": "".join(f"{line}\n" for line in lines)}
    return _pip(name, "--no-cache-dir -r requirements.txt", before="COPY . .\n", files=files)


def _npm(
    name: str,
    command: str,
    package: object = None,
    *,
    before: str = "",
    files: Files = NO_FILES,
    **fields: Any,
) -> Scenario:
    if package is not None:
        files = {**files, "package.json": package if isinstance(package, str) else json.dumps(package)}
    dockerfile = f"{NODE}WORKDIR /app\nCOPY . .\n{before}RUN {command}\n"
    return builds(name, dockerfile, files=files, **fields)


PIP = (
    _requires("pip-no-such-package", "flaskk-of-containrlab"),
    _requires("pip-no-such-version", "flask==99.1"),
    _requires("pip-invalid-requirement", "flask=3.0"),
    _requires("pip-conflict", "flask==3.0.0", "werkzeug==2.0.0"),
    _requires("pip-hash-mismatch", f"iniconfig==2.0.0 --hash=sha256:{'0' * 64}"),
    _pip("pip-requirements-missing", "-r requirements.txt"),
    _pip("pip-nothing-to-install", "--no-cache-dir"),
    _pip("pip-no-such-option", "--nocache flask"),
    _pip(
        "pip-no-compiler",
        "./fast",
        before="COPY . .\n",
        files={"fast/setup.py": EXTENSION, "fast/fast.c": ""},
    ),
    _pip(
        "pip-setup-fails",
        "./old",
        before="COPY . .\n",
        files={"old/setup.py": "import imp\n"},
    ),
    _pip(
        "pip-subprocess",
        "./old",
        before="COPY . .\n",
        files={"old/setup.py": "raise SystemExit(3)\n"},
    ),
    _pip("pip-other-python", ".", before="COPY . .\n", files={"pyproject.toml": OLDER_PYTHON}),
    _pip("pip-not-a-project", ".", before="COPY . .\n"),
    _pip("pip-permission", "iniconfig", before="RUN useradd app\nUSER app\n"),
    _pip("pip-needs-git", "git+https://github.com/pallets/flask"),
    _pip("pip-proxy-refused", "--index-url https://example.org/simple flask"),
    _pip("pip-no-network", "flask", egress=Egress.NONE),
    _pip("pip-externally-managed", "iniconfig", before=f"RUN touch {MARKER}\n"),
)

NPM = (
    _npm("npm-no-such-package", "npm install express-of-containrlab", {}),
    _npm("npm-no-such-version", "npm install express@99", {}),
    _npm("npm-no-package-json", "npm run build"),
    _npm("npm-ci-without-lock", "npm ci", {"dependencies": {"ms": "2.1.3"}}),
    _npm(
        "npm-ci-out-of-step",
        "npm ci",
        {"dependencies": {"ms": "2.1.3"}},
        files={"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {"": {}}})},
    ),
    _npm("npm-missing-script", "npm run biuld", {"scripts": {"build": "tsc"}}),
    _npm("npm-not-json", "npm install", '{"dependencies": {"ms": "2.1.3"},}'),
    _npm(
        "npm-peer-conflict",
        "npm install",
        {"dependencies": {"react": "17.0.2", "react-dom": "18.2.0"}},
    ),
    _npm("npm-permission", "npm install", {"dependencies": {"ms": "2.1.3"}}, before="USER node\n"),
    _npm("npm-tool-missing", "npm run build", {"scripts": {"build": "tsc"}}),
    _npm("npm-no-network", "npm install --fetch-retries 0 ms", {}, egress=Egress.NONE),
    _npm("npm-refused", "npm install --fetch-retries 0 https://example.org/ms.tgz", {}),
    _npm("npm-engine", "npm install --engine-strict", {"engines": {"node": "16"}}),
    _npm("npm-script-failed", "npm install", {"scripts": {"postinstall": "echo not today; exit 3"}}),
    _npm(
        "typescript-error",
        "npm install --no-save typescript@5.6.3 && npx tsc server.ts",
        {},
        files={"server.ts": "const port: number = 'eight';\n"},
    ),
    _npm("npm-unknown-command", "npm isntall-all", {}),
)
