"""Programs in Python and JavaScript that end when they should serve."""

from __future__ import annotations

from .scenario import NODE, PYTHON, RUN_IT, Scenario, runs

FRAMEWORKS = (
    f"{PYTHON}RUN pip install flask==3.0.3 gunicorn==23.0.0 uvicorn==0.32.0\nWORKDIR /app\nCOPY . .\n"
)
TAKES_PORT_TWICE = "import socket\nservers = [socket.create_server(('', 8080)) for _ in range(2)]\n"


def _python(name: str, code: str, *, expected: str | None = None, before: str = "") -> Scenario:
    dockerfile = f'{PYTHON}WORKDIR /app\nCOPY . .\n{before}CMD ["python", "app.py"]\n'
    return runs(name, dockerfile, files={"app.py": code}, expected=expected)


def _node(
    name: str, code: str, *, file: str = "server.js", expected: str | None = None, before: str = ""
) -> Scenario:
    dockerfile = f'{NODE}WORKDIR /app\nCOPY . .\n{before}CMD ["node", "{file}"]\n'
    return runs(name, dockerfile, files={file: code}, expected=expected)


def _framework(
    name: str, command: str, code: str, *, script: str = RUN_IT, expected: str | None = None
) -> Scenario:
    return runs(name, f"{FRAMEWORKS}CMD {command}\n", script, files={"app.py": code}, expected=expected)


PYTHON_PROGRAMS = (
    _python("python-no-module", "import flask\n"),
    _python("python-no-name", "from http.server import HTTPSever\n"),
    _python("python-syntax", "def main()\n    print('hi')\n"),
    _python("python-indentation", "def main():\nprint('hi')\n"),
    _python("python-tabs", "if True:\n    a = 1\n\tb = 2\n", expected="python-indentation"),
    _python("python-file-missing", "open('config.json')\n"),
    runs(
        "python-program-missing",
        f'{PYTHON}COPY app.py /srv/\nCMD ["python", "app.py"]\n',
        files={"app.py": ""},
    ),
    _python("python-port-taken", TAKES_PORT_TWICE),
    _python(
        "python-permission",
        "open('visits.txt', 'w')\n",
        before="RUN useradd app\nUSER app\n",
    ),
    _python("python-no-variable", "import os\nos.environ['DATABASE_URL']\n"),
    _python("python-refused", "import socket\nsocket.create_connection(('localhost', 5432))\n"),
    _python("python-unknown-host", "import socket\nsocket.create_connection(('db', 5432))\n"),
    _python("python-not-json", "import json\njson.loads('')\n"),
    _python("python-not-text", "open('/bin/true', encoding='utf-8').read()\n"),
    _python("python-undefined-name", "print(prot)\n"),
    _python("python-exception", "raise RuntimeError('the answer is not 42')\n"),
    _python("python-type-error", "'8080' + 1\n", expected="python-exception"),
    _python("python-not-installed-module", "import yaml\n", expected="python-no-module"),
    runs(
        "python-no-main-module",
        f'{PYTHON}CMD ["python", "-m", "flask", "run"]\n',
        expected="python-no-module",
    ),
    _python("python-bad-int", "int('eight')\n", expected="python-exception"),
    _framework("flask-no-app", '["flask", "--app", "server", "run"]', ""),
    _framework(
        "listens-on-loopback",
        '["flask", "--app", "app", "run", "--port", "8080"]',
        "from flask import Flask\napp = Flask(__name__)\n",
        script="docker run -d --name web app && sleep 3 && docker logs web; docker rm -f web",
    ),
    _framework("gunicorn-no-module", '["gunicorn", "main:app"]', ""),
    _framework(
        "gunicorn-no-attribute",
        '["gunicorn", "app:application"]',
        "app = 1\n",
        expected="server-no-attribute",
    ),
    _framework("uvicorn-no-module", '["uvicorn", "main:app"]', ""),
    _framework(
        "uvicorn-no-attribute",
        '["uvicorn", "app:application"]',
        "app = 1\n",
        expected="server-no-attribute",
    ),
)

NODE_PROGRAMS = (
    _node("node-no-package", "require('express');\n"),
    _node(
        "node-no-package-import",
        "import express from 'express';\n",
        file="server.mjs",
        expected="node-no-package",
    ),
    _node("node-no-own-module", "require('./routes');\n"),
    runs(
        "node-program-missing",
        f'{NODE}COPY server.js /srv/\nCMD ["node", "server.js"]\n',
        files={"server.js": ""},
    ),
    _node(
        "node-port-taken",
        "const http = require('http');\n"
        "http.createServer().listen(8080, () => http.createServer().listen(8080));\n",
    ),
    _node("node-import-in-commonjs", "import http from 'http';\n", file="server.cjs"),
    _node("node-require-in-module", "const http = require('http');\n", file="server.mjs"),
    _node("node-syntax", "function main( {\n"),
    _node("node-refused", "require('net').connect(5432, '127.0.0.1');\n"),
    _node("node-unknown-host", "require('net').connect(5432, 'db');\n"),
    _node("node-file-missing", "require('fs').readFileSync('config.json');\n"),
    _node("node-permission", "require('fs').writeFileSync('visits.txt', '');\n", before="USER node\n"),
    _node("node-undefined-name", "console.log(prot);\n"),
    _node("node-undefined-property", "const a = undefined;\na.port;\n"),
    _node("node-exception", "throw new Error('the answer is not 42');\n"),
    runs(
        "node-heap-full",
        f'{NODE}COPY server.js /\nCMD ["node", "--max-old-space-size=20", "/server.js"]\n',
        files={"server.js": "const all = [];\nfor (;;) all.push(new Array(1000).fill(1));\n"},
    ),
    runs("node-unknown-option", f'{NODE}CMD ["node", "--wacth", "server.js"]\n'),
    runs(
        "npm-start-no-package-json",
        f'{NODE}WORKDIR /app\nCMD ["npm", "start"]\n',
        expected="npm-no-package-json",
    ),
    _node("node-not-json", "JSON.parse('{port: 8080}');\n"),
)
