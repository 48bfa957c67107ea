"""Rows that build, and whose container lies, hangs, floods or reaches out."""

from __future__ import annotations

from .row import BASE, PASSES, SandboxRow

UNWELL = ("healthcheck_failed",)
ENDED = ("docker_run_failed",)
_SERVER = (
    "from http.server import *\n"
    "{}\n"
    "class H(BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "{}\n"
    "ThreadingHTTPServer(('0.0.0.0', 8080), H).serve_forever()\n"
)
_RAW = (
    "import socket, time\n"
    "listener = socket.create_server(('0.0.0.0', 8080))\n"
    "while True:\n"
    "    client, _ = listener.accept()\n"
    "    try:\n"
    "        client.recv(4096)\n"
    "{}\n"
    "        client.close()\n"
    "    except OSError:\n"
    "        pass\n"
)
OK = ("self.send_response(200)", "self.end_headers()", "self.wfile.write(b'ok')")


def _run_app(app: str, *lines: str) -> dict[str, str]:
    return {
        "Dockerfile": "\n".join([f"{BASE}COPY app.py .", *lines, 'CMD ["python", "-u", "app.py"]', ""]),
        "app.py": app,
    }


def serving(*answer: str, first: str = "", lines: tuple[str, ...] = ()) -> dict[str, str]:
    """A folder whose app does `first`, and then answers each GET by `answer`; by default, well."""
    body = "\n".join(f"        {line}" for line in answer or OK)
    return _run_app(_SERVER.format(first, body), *lines)


def answering_raw(*statements: str) -> dict[str, str]:
    """A folder whose app answers each connection by `statements`, whatever was asked."""
    return _run_app(_RAW.format("\n".join(f"        {line}" for line in statements)))


def printing(shell: str) -> dict[str, str]:
    """A folder whose container runs a line of shell."""
    return {"Dockerfile": f"{BASE}CMD {shell}\n"}


def image(*lines: str, **files: str) -> dict[str, str]:
    """A folder with these lines below FROM, and files."""
    return {"Dockerfile": BASE + "\n".join([*lines, ""]), **files}


_HEAD = "client.sendall(b'HTTP/1.1 200 OK\\r\\n')"
_REACH = """
import os, socket, urllib.parse
from concurrent.futures import ThreadPoolExecutor, wait
gateway = urllib.parse.urlsplit(os.environ['http_proxy']).hostname
near = gateway.rpartition('.')[0]
hosts = [gateway, '169.254.169.254', '192.0.2.1', '172.17.0.1', '10.0.2.2']
hosts += ['host.docker.internal', 'hub']
targets = [(host, port) for host in hosts for port in (@HUB_PORT@, 22, 53, 80, 443)]
targets += [(f'{near}.{last}', 8888) for last in range(1, 32)]
reached = []
def knock(target):
    try:
        socket.create_connection(target, timeout=1.5).close()
        reached.append(target)
    except OSError:
        pass
pool = ThreadPoolExecutor(80)
knocks = [pool.submit(knock, target) for target in targets]
"""
_GZIP_BOMB = (
    "import gzip; data = gzip.compress(bytes(30_000_000))",
    "self.send_response(200)",
    "self.send_header('Content-Encoding', 'gzip')",
    "self.end_headers()",
    "self.wfile.write(data)",
)
_ALL_PORTS = (
    "import socket, time\n"
    "kept = []\n"
    "for port in range(9000, 12000):\n"
    "    kept.append(socket.create_server(('0.0.0.0', port)))\n"
    "time.sleep(600)\n"
)
_WORDS = r"printf '\033[31m<script>alert(1)</script>\033]8;;http://x\007\000\302\233\342\200\256\r\n'"

ANSWERS = (
    SandboxRow("a plain server", None, serving(), PASSES, lab="ignore"),
    SandboxRow(
        "app that listens on loopback alone",
        None,
        _run_app("import http.server as h; h.HTTPServer(('127.0.0.1', 8080), None).serve_forever()"),
        UNWELL,
        said="The app listens on 127.0.0.1",
    ),
    SandboxRow(
        "redirect to the hub",
        19,
        serving(
            "self.send_response(302)",
            "self.send_header('Location', 'http://127.0.0.1:8001/')",
            "self.end_headers()",
        ),
        UNWELL,
    ),
    SandboxRow(
        "status 500 with escapes",
        18,
        serving(
            "self.send_response(500)",
            "self.end_headers()",
            "self.wfile.write(b'\\x1b[31m\\x00<script>\\xe2\\x80\\xae')",
        ),
        UNWELL,
        said="<script>",
    ),
    SandboxRow(
        "body without end", 20, serving(*OK[:2], "while True: self.wfile.write(b'x' * 65536)"), UNWELL
    ),
    SandboxRow(
        "a byte a second",
        20,
        serving("import time", *OK[:2], "while True: self.wfile.write(b'x'); time.sleep(1)"),
        UNWELL,
    ),
    SandboxRow(
        "chunks that drip",
        20,
        answering_raw(
            _HEAD,
            "client.sendall(b'Transfer-Encoding: chunked\\r\\n\\r\\n')",
            "for _ in range(30): client.sendall(b'1\\r\\nx\\r\\n'); time.sleep(1)",
        ),
        UNWELL,
    ),
    SandboxRow(
        "headers without end",
        None,
        answering_raw(_HEAD, "while True: client.sendall(b'X-A: ' + b'b' * 60000 + b'\\r\\n')"),
        UNWELL,
    ),
    SandboxRow(
        "interim answers without end",
        None,
        answering_raw("while True: client.sendall(b'HTTP/1.1 100 Continue\\r\\n\\r\\n')"),
        UNWELL,
    ),
    SandboxRow("HTTP/0.9", None, answering_raw("client.sendall(b'ok')"), UNWELL),
    SandboxRow(
        "a status that is no number",
        None,
        answering_raw("client.sendall(b'HTTP/1.1 2OO OK\\r\\n\\r\\nok')"),
        UNWELL,
    ),
    SandboxRow("gzip bomb for a body", None, serving(*_GZIP_BOMB), PASSES),
    SandboxRow("connection that is never answered", 20, answering_raw("time.sleep(600)"), UNWELL),
    SandboxRow("every port but the right one", None, _run_app(_ALL_PORTS), UNWELL),
    SandboxRow(
        "canned answer to a randomised question",
        22,
        serving(*OK[:2], 'self.wfile.write(b\'{"hello": "{nonce}"}\')'),
        UNWELL,
        lab="nonce",
    ),
    SandboxRow(
        "entry point that answers for the app",
        22,
        {
            **serving(*OK[:2], 'self.wfile.write(b\'{"hello": "world"}\')'),
            "Dockerfile": f'{BASE}COPY app.py .\nENTRYPOINT ["python", "app.py"]\nCMD ["python", "x.py"]\n',
        },
        UNWELL,
        lab="nonce",
    ),
)

CONTAINERS = (
    SandboxRow(
        "app that ignores SIGTERM",
        21,
        serving(first="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
        PASSES,
    ),
    SandboxRow("app that crashes", 21, printing("false"), ENDED),
    SandboxRow("app that goes to the background", 21, printing("sleep 600 & exit 0"), ENDED),
    SandboxRow("container that floods its log", 8, printing("yes"), UNWELL),
    SandboxRow(
        "markup and escapes in the container's log", 17, printing(f"{_WORDS}; false"), ENDED, said="<script>"
    ),
    SandboxRow(
        "app that looks for the hub, neighbours, metadata and the internet",
        14,
        serving(
            "wait(knocks, timeout=3)",
            "self.send_response(500 if reached else 403)",
            "self.end_headers()",
            "self.wfile.write(repr(reached).encode())",
            first=_REACH,
        ),
        UNWELL,
        said="403",
    ),
    SandboxRow(
        "health check that floods", None, serving(lines=("HEALTHCHECK --interval=1s CMD yes",)), PASSES
    ),
    SandboxRow(
        "stop signal that is none", None, serving(lines=("STOPSIGNAL NOPE",)), ("docker_build_failed",)
    ),
    SandboxRow("stop signal that stops nothing", None, serving(lines=("STOPSIGNAL SIGCONT",)), PASSES),
    SandboxRow("USER that is not there", None, serving(lines=("USER nobody-knows",)), ENDED),
    SandboxRow("USER beyond the sandbox's numbers", None, serving(lines=("USER 4000000",)), ENDED),
    SandboxRow("VOLUME of the root", None, serving(lines=("VOLUME /",)), ENDED),
    SandboxRow("VOLUME of much", None, serving(lines=("VOLUME /var /etc",)), PASSES),
    SandboxRow(
        "program named as the engine's words",
        None,
        {"Dockerfile": f'{BASE}CMD ["Cannot connect to the Docker daemon"]\n'},
        ENDED,
    ),
    SandboxRow(
        "programs of the judge's names in the folder",
        24,
        {
            "Dockerfile": "FROM nothing",
            **dict.fromkeys(("docker", "curl", "tar", "bash"), "#!/bin/sh\nexit 0\n"),
            ".docker/config.json": "{}",
            ".bashrc": "exit 0",
        },
        ("base_image_unavailable",),
        5,
    ),
)

APPS = (*ANSWERS, *CONTAINERS)
