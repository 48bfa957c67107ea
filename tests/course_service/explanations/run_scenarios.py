"""Images that build, and containers that do not run."""

from __future__ import annotations

from .scenario import PYTHON, runs, types

SLEEPS = f'{PYTHON}CMD ["sleep", "60"]\n'
LOOK = "docker run -d --name web app {0}; docker wait web; docker ps -a; docker rm web"
TWICE = "docker run -d --name web {0} app && docker run --name web2 {0} app; docker rm -f web web2 >/dev/null"

CONTAINERS = (
    runs("program-not-in-image", f'{PYTHON}CMD ["pyhton", "app.py"]\n'),
    runs("program-is-a-sentence", f'{PYTHON}CMD ["python app.py"]\n'),
    runs("options-after-image", SLEEPS, "docker run --rm app -p 8080:8080"),
    runs("program-not-executable", f'{PYTHON}COPY go.sh /\nCMD ["/go.sh"]\n', files={"go.sh": "#!/bin/sh\n"}),
    runs(
        "no-interpreter-line",
        f'{PYTHON}COPY go.sh /\nCMD ["/go.sh"]\n',
        files={"go.sh": "echo hi\n"},
        executables=frozenset({"go.sh"}),
    ),
    runs(
        "interpreter-missing",
        f'{PYTHON}COPY go.sh /\nCMD ["/go.sh"]\n',
        files={"go.sh": "#!/bin/sh\r\necho hi\r\n"},
        executables=frozenset({"go.sh"}),
    ),
    runs("program-is-a-folder", f'{PYTHON}CMD ["/usr"]\n'),
    runs("cmd-single-quotes", f"{PYTHON}CMD ['python', 'app.py']\n", expected="cmd-not-json"),
    runs("cmd-missing-comma", f'{PYTHON}CMD ["python" "app.py"]\n', expected="cmd-not-json"),
    runs("no-command", "FROM scratch\nCOPY a /\n", files={"a": ""}),
    runs("run-user-unknown", f"{PYTHON}USER app\n", expected="user-unknown"),
    runs("port-taken", SLEEPS, TWICE.format("-p 8080:8080")),
    runs("name-taken", SLEEPS, "docker run -d --name web app; docker run --name web app; docker rm -f web"),
    runs("port-not-a-number", SLEEPS, "docker run --rm -p 8080:http app", expected="port-not-a-port"),
    runs("port-too-large", SLEEPS, "docker run --rm -p 80800:8080 app", expected="port-not-a-port"),
    runs("port-with-a-blank", SLEEPS, "docker run --rm -p 8080: 8080 app", expected="port-not-a-port"),
    runs("image-reference-invalid", SLEEPS, "docker run --rm App"),
    runs("mount-source-missing", SLEEPS, "docker run --rm --mount type=bind,source=/nope,target=/x app"),
    runs("mount-not-absolute", SLEEPS, "docker run --rm -v ./data:data app"),
    runs("mount-file-on-folder", SLEEPS, "touch a && docker run --rm -v ./a:/usr app"),
    runs("network-unknown", SLEEPS, "docker run --rm --network backend app"),
    runs("no-terminal", SLEEPS, "docker run --rm -it app"),
    runs("env-file-missing", SLEEPS, "docker run --rm --env-file .env app"),
    runs(
        "exited-137",
        SLEEPS,
        "docker run -d --name web app && docker kill web && docker wait web && docker ps -a; docker rm web",
    ),
    runs(
        "exited-143",
        SLEEPS,
        "docker run -d --init --name web app && docker stop web && docker ps -a; docker rm web",
    ),
    runs(
        "exited-0",
        f'{PYTHON}CMD ["python"]\n',
        "docker run -d --name web app && docker wait web && docker ps -a; docker rm web",
    ),
    runs("exited-126", SLEEPS, LOOK.format("sh -c 'exit 126'")),
    runs("exited-127", SLEEPS, LOOK.format("sh -c 'exit 127'")),
    runs("exited-139", SLEEPS, LOOK.format("python -c 'import ctypes; ctypes.string_at(0)'")),
    runs(
        "exec-not-running",
        f'{PYTHON}CMD ["true"]\n',
        "docker run -d --name web app && docker wait web && docker exec web ls; docker rm web",
    ),
    runs(
        "exec-program-missing",
        SLEEPS,
        "docker run -d --name web app && docker exec web curl localhost; docker rm -f web",
        expected="program-not-in-image",
    ),
    runs(
        "remove-running",
        SLEEPS,
        "docker run -d --name web app && docker rm web; docker rm -f web",
    ),
    runs(
        "image-in-use",
        SLEEPS,
        "docker run -d --name web app && docker rmi app; docker rm -f web",
    ),
)

COMMANDS = (
    types("image-not-found", "docker run --rm my-app"),
    types("run-without-image", "docker run --rm -p 8080:8080"),
    types("no-such-container", "docker logs web"),
    types("no-such-image", "docker rmi my-app"),
    types("no-engine", "DOCKER_HOST=unix:///tmp/nothing.sock docker ps"),
    types("run-unknown-option", "docker run --prot 8080:8080 app", expected="unknown-option"),
    types("curl-refused", "curl -sS localhost:8080"),
    runs(
        "curl-reset",
        f'{PYTHON}CMD ["python", "-m", "http.server", "--bind", "127.0.0.1", "8080"]\n',
        "docker run -d --name web -p 8080:8080 app && sleep 2; curl -sS localhost:8080; docker rm -f web",
    ),
)
