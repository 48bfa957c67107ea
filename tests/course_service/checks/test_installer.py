"""What counts as installing the manifest's packages."""

from __future__ import annotations

import pytest

from course_service.checks.installer import Installer, find_installs
from course_service.parsed_dockerfile import parse_dockerfile


def found(body: str, installer: Installer, manifest: str) -> list[tuple[int, str]]:
    instructions = parse_dockerfile(f"FROM a\n{body}\n".encode()).final.instructions
    installs = find_installs(instructions, installer, manifest)
    return [(one.instruction.line, " ".join(one.command.argv)) for one in installs]


def is_found(body: str, installer: Installer, manifest: str) -> bool:
    return bool(found(body, installer, manifest))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("RUN pip install -r requirements.txt", True),
        ("RUN pip3 install -r requirements.txt", True),
        ("RUN pip3.13 install -r requirements.txt", True),
        ("RUN /opt/venv/bin/pip install -r requirements.txt", True),
        ("RUN python -m pip install -r requirements.txt", True),
        ("RUN python3 -u -m pip install -r requirements.txt", True),
        ("RUN python3.13 -Im pip install -r requirements.txt", True),
        ("RUN python -mpip install -r requirements.txt", True),
        ("RUN uv pip install --system -r requirements.txt", True),
        ("RUN pip install --no-cache-dir --requirement requirements.txt", True),
        ("RUN pip install --requirement=requirements.txt", True),
        ("RUN pip install -rrequirements.txt", True),
        ("RUN pip install -Ur requirements.txt", True),
        ("RUN pip install -qUrrequirements.txt", True),
        ("RUN pip install -r ./requirements.txt", True),
        ("RUN pip install -r /app/requirements.txt", True),
        ("RUN pip install -r 'requirements.txt'", True),
        ("RUN pip install -c constraints.txt -r requirements.txt -r dev.txt", True),
        ("RUN pip --no-cache-dir install -r requirements.txt", True),
        ("RUN PIP_NO_CACHE_DIR=1 pip install -r requirements.txt", True),
        ("RUN set -ex; pip install -r requirements.txt", True),
        ("RUN pip install --upgrade pip && pip install -r requirements.txt", True),
        ("RUN pip install \\\n    # the packages\n    -r requirements.txt", True),
        ("RUN sh -c 'pip install -r requirements.txt'", True),
        ('RUN ["pip", "install", "-r", "requirements.txt"]', True),
        ('RUN ["sh", "-c", "pip install -r requirements.txt"]', True),
        ("RUN <<EOF\npip install -r requirements.txt\nEOF", True),
        ("RUN <<EOF bash\npip install -r requirements.txt\nEOF", True),
        ("ENV F=requirements.txt\nRUN pip install -r $F", True),
        ("ARG F=requirements.txt\nRUN pip install -r ${F}", True),
        ("RUN if [ -f requirements.txt ]; then pip install -r requirements.txt; fi", True),
        ("RUN pip install flask", False),
        ("RUN pip install requirements.txt", False),
        ("RUN pip install -r dev-requirements.txt", False),
        ("RUN pip install -e -r", False),
        ("RUN pip download -r requirements.txt", False),
        ("RUN pip wheel -r requirements.txt", False),
        ("RUN pip install", False),
        ("RUN pip", False),
        ("RUN python app.py -m pip install -r requirements.txt", False),
        ("RUN python -m venv install -r requirements.txt", False),
        ("RUN echo pip install -r requirements.txt", False),
        ('RUN echo ";" pip install -r requirements.txt', False),
        ("RUN # pip install -r requirements.txt", False),
        ("RUN true # && pip install -r requirements.txt", False),
        ("# RUN pip install -r requirements.txt", False),
        ("CMD pip install -r requirements.txt", False),
        ("ONBUILD RUN pip install -r requirements.txt", False),
        ("RUN python3 <<EOF\npip install -r requirements.txt\nEOF", False),
    ],
)
def test_pip_installs_the_manifest(body, expected):
    assert is_found(f"USER x\n{body}", Installer.PIP, "requirements.txt") is expected


def test_a_manifest_in_a_folder_is_known_by_its_name():
    assert is_found("RUN pip install -r requirements.txt", Installer.PIP, "app/requirements.txt")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm ci", True),
        ("npm install", True),
        ("npm i", True),
        ("npm ci --omit=dev", True),
        ("npm ci --omit dev", True),
        ("npm --prefix app ci", True),
        ("npm install --prefix app", True),
        ("npm install --production --no-audit --registry https://example.org", True),
        ("npm install .", True),
        ("npm run build && npm ci", True),
        ("cd app && npm ci", True),
        ("NODE_ENV=production npm ci", True),
        ("npm install express", False),
        ("npm install -g typescript", False),
        ("npm run install", False),
        ("npm run ci", False),
        ("npm", False),
        ("npm --version", False),
        ("npx ci", False),
        ("echo npm ci", False),
    ],
)
def test_npm_installs_the_manifest(command, expected):
    assert is_found(f"RUN {command}", Installer.NPM, "package.json") is expected


def test_every_install_is_found_with_the_line_of_its_run():
    body = "RUN pip install pip\nRUN a && pip install -r r.txt && b\nRUN pip install -q -r r.txt"
    assert found(body, Installer.PIP, "r.txt") == [
        (3, "pip install -r r.txt"),
        (4, "pip install -q -r r.txt"),
    ]
