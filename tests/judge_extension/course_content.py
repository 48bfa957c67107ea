"""What the course service's stand-in has to give: a lab's files, verdicts, a solution, refusals."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

LAB_FILES = {
    "app.py": b"print('the starter')\n",
    "Dockerfile": b"# TODO\n",
    "templates/index.html": b"<p>hello</p>\n",
    "lab.ipynb": json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": "panel",
                    "metadata": {},
                    "outputs": [],
                    "source": 'from judge_extension.widgets import LabPanel\n\nLabPanel("lab1")',
                }
            ],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ).encode(),
}
FAILED = {
    "passed": False,
    "graded": True,
    "score": 4,
    "max_score": 10,
    "failures": [
        {
            "code": "dockerignore_missing",
            "message": "There is no .dockerignore beside the Dockerfile, so everything goes to the engine.",
            "hint": "Make a file called .dockerignore and name what the image does not need.",
        }
    ],
    "checks": [
        {"title": "A .dockerignore keeps venv/ and __pycache__/ out", "status": "failed", "points": 2},
        {"title": "The image builds", "status": "passed", "points": 4},
        {"title": "/health answers 200", "status": "not_run", "points": 4},
    ],
    "metrics": {"build": {"elapsed_seconds": 1.24}, "image_size_mb": 156.13},
    "notes": {"build_logs": ["#1 [internal] load build definition", "#2 \x1b[31mDONE\x1b[0m 0.1s"]},
}
BUILD_FAILED = {
    **FAILED,
    "failures": [
        {"code": "docker_build_failed", "message": "Line 3 <failed>.", "hint": "Which file is missing?"}
    ],
    "notes": {"build_logs": ["#7 [3/4] RUN pip install", "ERROR: failed to solve"]},
}
PASSED = {
    "passed": True,
    "graded": True,
    "score": 10,
    "max_score": 10,
    "failures": [],
    "checks": [{**check, "status": "passed"} for check in FAILED["checks"]],  # type: ignore[attr-defined]
    "metrics": FAILED["metrics"],
    "notes": FAILED["notes"],
}
SOLUTION = {
    "explanation": """# Why it is written like this

The list of packages is copied **before** the source, so a change in `app.py` does not install them again:

```Dockerfile
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
```

| line | what it is for |
|---|---|
| `--no-cache-dir` | keeps what pip downloaded out of the image |
| `.dockerignore` | keeps your own `venv/` out of it |

- <b onclick="document.title='hacked'">Raw HTML</b> is text.
- More: [the reference](https://docs.docker.com/reference/dockerfile/), [not this](javascript:alert(1)).
""",
    "files": [
        {"path": ".dockerignore", "content": "venv/\n__pycache__/\n"},
        {"path": "Dockerfile", "content": "\nFROM python:3.13-slim\n\tRUN echo '</pre><b>' && true\n"},
    ],
}
NOT_FOUND = {"code": "not_found", "message": "There is no such thing."}
NOT_OPEN = {"code": "lab_not_open", "message": "It opens on Monday 2 November 2026 at 09:00 (UTC)."}
LOCKED = {"code": "solution_locked", "message": "The solution opens once you have passed this lab."}

TOO_MANY_HINTS = {"code": "too_many_hints", "message": "You have asked 5 times in this minute."}
HINT_ANSWER: dict[str, Any] = {
    "source": None,
    "pieces": ["What lies in your folder that the **image** ", "does not need? Try `ls -a`."],
    "note": None,
    "model": None,
}
HOSTILE_ANSWER: dict[str, Any] = {
    "source": "ai",
    "pieces": [
        "Look at line 3:\n\n```Dockerfile\nCOPY <b>requirements.txt</b> …\n```\n\n",
        "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>",
        "![a picture](https://192.0.2.1/spy.png) [free points](https://192.0.2.1/login) ",
        "[more](javascript:alert(1)) <https://192.0.2.1/auto>",
    ],
    "note": None,
    "model": "gemini-<b>flash</b>",
}


def tar_of(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()
