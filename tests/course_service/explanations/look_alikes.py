"""What is no trouble, or not the trouble that it reads like."""

from __future__ import annotations

from .scenario import NODE, NOTHING, PYTHON, builds, runs

PRINTS = (
    "ModuleNotFoundError: No module named 'flask'\n"
    "Traceback (most recent call last):\n"
    "npm error code E404\n"
    "ERROR: failed to solve: python:9: failed to resolve source metadata for docker.io/library/python:9\n"
    '#9 ERROR: process "x" did not complete successfully: exit code: 137\n'
    "/bin/sh: 1: curl: not found\n"
)
TELLS_OF_ERRORS = (
    "print('INFO handled ModuleNotFoundError: No module named flask')\n"
    "print('404 /bin/sh: 1: curl: not found')\n"
    "print('2026-01-01 WARN retry after Error: connect ECONNREFUSED 127.0.0.1:5432')\n"
    "print('No such container is a fine name, and so is No space left')\n"
    "print('user asked: what does PermissionError: [Errno 13] mean?')\n"
    "print('Listening on http://0.0.0.0:8080')\n"
)

LOOK_ALIKES = (
    builds(
        "build-ends-well",
        f"{PYTHON}WORKDIR /app\nRUN pip install --no-cache-dir iniconfig\nCOPY . .\n",
        expected=NOTHING,
        files={"app.py": ""},
    ),
    builds(
        "step-prints-errors-and-ends-well",
        f"{PYTHON}COPY words /\nRUN cat words\n",
        expected=NOTHING,
        files={"words": PRINTS},
    ),
    builds(
        "step-prints-engines-words-and-fails",
        f"{PYTHON}RUN echo 'ERROR: failed to solve: x: failed to resolve source metadata for x'; exit 4\n",
        expected="command-failed",
    ),
    builds(
        "earlier-step-prints-errors",
        f"{PYTHON}COPY words /\nRUN cat words words\nRUN pip install -r list.txt\n",
        expected="pip-requirements-missing",
        files={"words": PRINTS},
    ),
    builds(
        "npm-install-ends-well", f"{NODE}WORKDIR /app\nRUN npm init -y && npm install ms\n", expected=NOTHING
    ),
    runs(
        "app-tells-of-errors",
        f'{PYTHON}WORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n',
        expected=NOTHING,
        files={"app.py": TELLS_OF_ERRORS},
    ),
    runs(
        "app-serves",
        f'{PYTHON}CMD ["python", "-u", "-m", "http.server", "8080"]\n',
        "docker run -d --name web -p 8080:8080 app; sleep 2; curl -sS localhost:8080/nothing -o /dev/null; "
        "docker logs web; docker rm -f web",
        expected=NOTHING,
    ),
)
