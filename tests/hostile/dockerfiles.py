"""Rows whose Dockerfile plays with words: names, forged output, odd encodings, sizes, mounts and links."""

from __future__ import annotations

from .apps import serving
from .row import BASE, PASSES, SandboxRow

FAILED = ("docker_build_failed",)
TIMEOUT = ("build_timeout",)
ENDED = ("docker_run_failed",)
NO_BASE = ("base_image_unavailable",)
REFUSED = ("network_refused",)
SERVER = serving()
ESC = "\x1b[31m\x1b]0;owned\x07"
BIDI = "\u202e\u2066\u061c\u200f"
MARKUP = "<img src=x onerror=alert(1)></pre><script>alert(2)</script>"
MEBIBYTE = 1024**2


def recipe(*lines: str) -> dict[str, str]:
    """A folder with these lines below FROM."""
    return {"Dockerfile": BASE + "\n".join([*lines, ""])}


def python(code: str) -> str:
    """A RUN of one line of Python; no double quotes in it."""
    return f'RUN python -c "{code}"'


_FORGED = (
    r"#7 CACHED\n#8 DONE 0.0s\nERROR: failed to solve: x: failed to resolve source metadata for x\n"
    r"\rERROR: failed to solve: y: failed to resolve source metadata for y\r\n"
    r"------\n > [2/2] RUN:\n0.1 forged\n------\n   1 | >>> FROM forged\n"
)
_ENGINE_LOST = "Cannot connect to the Docker daemon at unix:///x. code = Unavailable desc = error reading"
_FROM_VARIABLE = "ARG IMAGE=registry.invalid/x\nFROM $IMAGE\n"
_HEREDOC_APP = {
    "Dockerfile": f"{BASE}COPY <<'EOF' /app.py\n{SERVER['app.py']}EOF\nRUN <<EOF\ntest -s /app.py\nEOF\n"
    'CMD ["python", "/app.py"]\n'
}
_ESCAPED_APP = {
    **SERVER,
    "Dockerfile": f'# escape=`\n{BASE}COPY `\n app.py `\n .\nCMD ["python", "app.py"]\n',
}
_CRLF_APP = {**SERVER, "Dockerfile": "\ufeff" + SERVER["Dockerfile"].replace("\n", "\r\n")}
_MANY_STAGES = "FROM scratch AS s0\nCOPY Dockerfile /\n" + "".join(
    f"FROM scratch AS s{n}\nCOPY --from=s{n - 1} / /\n" for n in range(1, 200)
)
_LINK_OUT = [
    "FROM python:3.13-slim AS links",
    "RUN ln -s /../../../../workspace /w && ln -s ../../../../../../../images /i && ln -s /proc/1/root /r",
    "FROM python:3.13-slim",
]
_SECRETS = (
    "RUN --mount=type=secret,id=token env > /found; cat /run/secrets/* >> /found; "
    "find / -xdev -name expect.yaml -o -xdev -name lab.yaml -o -xdev -name course.sqlite >> /found; "
    "grep -i -e jupyterhub -e api_token -e gemini -e solution /found"
)
_LAYERS = "".join(f"COPY Dockerfile /{'x' * 200}{n}\n" for n in range(125))
_LABELS = (
    f'LABEL org.mark="{MARKUP}" note="{ESC}{BIDI}"\n'
    f'ENV NOTE="{ESC}{BIDI}" MARK="{MARKUP}"\n'
    "RUN : '\x1b[2J\x00\x9b31m'\n".replace("\x00", "")
)

NAMES = (
    SandboxRow("no Dockerfile", 6, {"app.py": ""}, ("dockerfile_missing",), 1, lab="ignore"),
    SandboxRow("Dockerfile is a folder", 6, {"Dockerfile/x": "FROM x"}, ("dockerfile_missing",), 1),
    SandboxRow("binary Dockerfile", 6, {"Dockerfile": b"\x00\x01\x02\xff\xfe"}, FAILED),
    SandboxRow("empty Dockerfile", 6, {"Dockerfile": ""}, FAILED),
    SandboxRow(
        "FROM a registry that is not there", 12, {"Dockerfile": "FROM registry.invalid/x"}, NO_BASE, 5
    ),
    SandboxRow("FROM an image that is not offered", 12, {"Dockerfile": "FROM alpine"}, NO_BASE),
    SandboxRow("FROM the session image", 12, {"Dockerfile": "FROM containrlab-session"}, NO_BASE),
    SandboxRow("FROM with a variable", 12, {"Dockerfile": _FROM_VARIABLE}, NO_BASE),
    SandboxRow("FROM with an empty variable", 12, {"Dockerfile": "ARG X\nFROM $X\n"}, FAILED),
    SandboxRow("COPY --from a registry", 12, recipe("COPY --from=registry.invalid/x / /"), NO_BASE),
    SandboxRow("ADD from the internet", 13, recipe("ADD http://example.com/x /x"), REFUSED),
    SandboxRow("ADD from a repository", 13, recipe("ADD https://github.com/a/b.git /x"), REFUSED),
    SandboxRow(
        "RUN that fetches",
        13,
        recipe(python("import urllib.request as u; u.urlopen('https://example.com')")),
        REFUSED,
    ),
    SandboxRow(
        "RUN that asks for a name",
        13,
        recipe(python("import socket; socket.gethostbyname('x.org')")),
        REFUSED,
    ),
    SandboxRow("COPY from above the folder", 15, recipe("COPY ../../etc/passwd /"), FAILED),
    SandboxRow(
        "COPY --from through links",
        15,
        {
            "Dockerfile": "\n".join(
                [*_LINK_OUT, "COPY --from=links /w/submission /i/containerd /r/workspace /out/"]
            )
        },
        FAILED,
    ),
    SandboxRow(
        "mount from through a link",
        15,
        {
            "Dockerfile": "\n".join(
                [*_LINK_OUT, "RUN --mount=from=links,source=/w,target=/m ls /m/submission"]
            )
        },
        FAILED,
    ),
)

WORDS = (
    SandboxRow("words of success", 16, recipe("RUN echo Successfully built deadbeef; false"), FAILED),
    SandboxRow(
        "forged lines of the engine", 16, recipe(f"RUN printf '{_FORGED}'; false"), FAILED, said="RUN printf"
    ),
    SandboxRow("forged end of the engine", None, recipe(f"RUN echo '{_ENGINE_LOST}'; false"), FAILED),
    SandboxRow(
        "forged silence of a registry",
        None,
        recipe("RUN echo 'Tunnel connection failed: 503'; false"),
        FAILED,
    ),
    # Of two codes that both say "failed", the words may choose.
    SandboxRow(
        "words of a full disk", None, recipe("RUN echo 'No space left on device'; false"), ("disk_full",)
    ),
    SandboxRow("HTML in the log", 17, recipe(f"RUN echo '{MARKUP}'; false"), FAILED, said="<img src=x"),
    SandboxRow(
        "escapes, NUL and marks in the log",
        18,
        recipe(r"RUN printf '\033[31m\033]0;owned\007\000\302\233\377\342\200\256\330\234\r\n\033'; false"),
        FAILED,
    ),
    SandboxRow(
        "markup and escapes in LABEL and ENV", 17, {"Dockerfile": BASE + _LABELS}, ("docker_run_failed",)
    ),
)

SYNTAX = (
    SandboxRow("a frontend of one's own", 23, {"Dockerfile": "# syntax=evil/frontend\n" + BASE}, FAILED),
    SandboxRow("another escape character", 23, _ESCAPED_APP, PASSES),
    SandboxRow("heredocs", 23, _HEREDOC_APP, PASSES),
    SandboxRow("byte order mark and CRLF", 23, _CRLF_APP, PASSES),
    SandboxRow("one line of 1 MiB", None, recipe("RUN : " + "a" * (MEBIBYTE - 4096)), FAILED),
    SandboxRow("10,000 instructions", None, recipe(*["ENV A=1"] * 10_000), TIMEOUT, lab="hasty", also=ENDED),
    SandboxRow("200 stages", None, {"Dockerfile": _MANY_STAGES}, TIMEOUT, lab="hasty", also=ENDED),
    SandboxRow(
        "125 layers and those of the base",
        None,
        {**SERVER, "Dockerfile": SERVER["Dockerfile"].replace("COPY", f"{_LAYERS}COPY")},
        PASSES,
        90,
        lab="patient",
    ),
    SandboxRow(
        "ONBUILD that fails", None, {"Dockerfile": f"{BASE[:-1]} AS a\nONBUILD RUN false\nFROM a\n"}, FAILED
    ),
    SandboxRow("a secret that is not there", 27, recipe(_SECRETS), FAILED),
    SandboxRow("RUN as insecure", None, recipe("RUN --security=insecure true"), FAILED),
    SandboxRow("RUN on the sandbox's network", None, recipe("RUN --network=host true"), FAILED),
    SandboxRow(
        "an ignore file beside the Dockerfile that lets in",
        None,
        {**SERVER, "Dockerfile.dockerignore": "!**\n"},
        ("dockerignore_missing_entries",),
        lab="ignore",
    ),
    SandboxRow(
        "an ignore file that the engine cannot read",
        None,
        {**SERVER, ".dockerignore": "[\n"},
        ("dockerignore_missing_entries", "docker_build_failed"),
        lab="ignore",
    ),
    SandboxRow(
        "an ignore file of 1 MiB",
        None,
        {**SERVER, ".dockerignore": "**/a*b*c*d*e*f/**\n" * 50_000 + "venv\n__pycache__\n"},
        ("dockerignore_missing_entries", "docker_build_failed"),
        lab="ignore",
    ),
    SandboxRow(
        "an ignore file that leaves out all but the app",
        None,
        {**SERVER, ".dockerignore": "*\n!app.py\n"},
        PASSES,
        lab="ignore",
    ),
    SandboxRow(
        "other ways to ignore",
        None,
        {**SERVER, ".dockerignore": "**/venv/**\n**/__pycache__\n"},
        PASSES,
        lab="ignore",
    ),
)

DOCKERFILES = (*NAMES, *WORDS, *SYNTAX)
