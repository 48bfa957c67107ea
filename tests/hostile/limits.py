"""Rows that use up what their sandbox has: processes, memory, disk, time, output."""

from __future__ import annotations

from .apps import ENDED, UNWELL, image, printing, serving
from .dockerfiles import FAILED, recipe
from .row import BASE, SandboxRow

PRINTED = ("command_output_wrong",)
TIMEOUT = ("build_timeout",)
MEMORY = ("out_of_memory",)
FULL = ("disk_full",)
DISK_MEBIBYTES = 1024
"""Of each sandbox of the corpus; the rows fill more than that, and the files beside it."""

MORE_THAN_THE_DISK = "1500M"
# Each child is another user, because the engine's limit on processes counts them by user.
_FORKS_OF_MANY = (
    "import os, time\nwhile True:\n    try:\n        if os.fork() == 0:\n"
    "            os.setreuid(os.getpid() % 60000 + 1, 0)\n    except OSError:\n        pass\n"
)
_EAT = "kept = b'x' * 3_000_000_000\n"
_MANY_FILES = (
    "import os, sys\nfor folder in range(120):\n    os.mkdir(f'{sys.argv[1]}/{folder}')\n"
    "    for file in range(1000): open(f'{sys.argv[1]}/{folder}/{file}', 'x').close()\n"
)
_DEEP = "import os\nfor _ in range(20_000):\n    os.mkdir('d' * 50)\n    os.chdir('d' * 50)\n"
_FORBIDDEN = (
    "RUN mount -t tmpfs none /mnt || mount --bind / /mnt || mknod /disk b 254 0 && dd if=/disk count=1 || "
    "echo c > /proc/sysrq-trigger || echo x > /proc/sys/kernel/core_pattern || "
    "echo 0 > /proc/1/oom_score_adj && false || unshare --mount true || chroot /proc/1/root/workspace true"
)


def runs(code: str, name: str = "a.py", *arguments: str) -> dict[str, str]:
    """A folder whose build runs a program."""
    return image(f"COPY {name} /", f"RUN python /{name} {' '.join(arguments)}", **{name: code})


def _serves_with(code: str, name: str = "a.py") -> dict[str, str]:
    return {"Dockerfile": f'{BASE}COPY {name} /\nCMD ["python", "/{name}"]\n', name: code}


def _crowding(start: str) -> dict[str, str]:
    """A folder whose container `start` fills with processes that then wait."""
    files = {"a.py": _FORKS_OF_MANY.replace("pass", "time.sleep(1)"), "requirements.txt": ""}
    install = "RUN pip install --no-index -r requirements.txt"
    return image("WORKDIR /app", "COPY requirements.txt .", install, "COPY a.py .", start, **files)


def _fierce(
    name: str,
    number: int | None,
    files: dict[str, str],
    codes: tuple[str, ...],
    seconds: float = 30,
    **fields: object,
) -> SandboxRow:
    return SandboxRow(name, number, files, codes, seconds, **{"lab": "hasty", "is_fierce": True, **fields})


LIMITS = (
    _fierce("fork bomb in RUN", 7, recipe("RUN f(){ f|f& };f"), ENDED, 60, also=TIMEOUT),
    _fierce("fork bomb in RUN of many users", 7, runs(_FORKS_OF_MANY), TIMEOUT, 60),
    _fierce("fork bomb in CMD", 7, printing("f(){ f|f& };f; sleep 600"), ENDED, 60, also=UNWELL),
    _fierce("fork bomb in CMD of many users", 7, _serves_with(_FORKS_OF_MANY), ENDED, 90, also=UNWELL),
    _fierce(
        "container that fills the sandbox with processes, by every kind",
        7,
        _crowding('CMD ["python", "a.py"]'),
        ENDED * 4,
        60,
        lab="kinds",
    ),
    _fierce(
        "command that fills the sandbox with processes",
        7,
        _crowding('ENTRYPOINT ["python", "a.py"]'),
        PRINTED,
        60,
        also=ENDED,
        lab="prints",
    ),
    _fierce("RUN that prints without end", 8, recipe("RUN yes"), ("output_limit",), lab="short"),
    _fierce("RUN that sleeps", 9, recipe("RUN sleep 1000"), TIMEOUT),
    _fierce("RUN that starts what stays", 21, recipe("RUN (sleep 1000 &) ; setsid sleep 1000 &"), ENDED),
    _fierce("RUN that kills all it sees", None, recipe("RUN kill -9 -1; kill -9 1; exit 3"), FAILED),
    _fierce("RUN that mounts and makes devices", None, recipe(_FORBIDDEN), FAILED),
    _fierce("one program that eats memory", 11, runs(_EAT), MEMORY, lab="short"),
    _fierce(
        "fourteen programs that eat memory",
        11,
        recipe(f"RUN {'tail /dev/zero & ' * 13} tail /dev/zero"),
        MEMORY,
        lab="short",
    ),
    _fierce("app that eats memory", 11, _serves_with(_EAT), MEMORY, also=UNWELL),
    _fierce("memory filled through /dev/shm", 11, recipe("RUN dd if=/dev/zero of=/dev/shm/x bs=1M"), FULL),
    _fierce(
        "RUN dd that fills the disk",
        10,
        recipe("RUN dd if=/dev/zero of=/x bs=4M count=512"),
        FULL,
        90,
        lab="patient",
        fills_disk=True,
    ),
    _fierce(
        "RUN that reserves the disk",
        10,
        recipe(f"RUN fallocate -l {MORE_THAN_THE_DISK} /x"),
        FULL,
        fills_disk=True,
    ),
    _fierce(
        "RUN that makes 120,000 files",
        10,
        runs(_MANY_FILES, "a.py", "/mnt"),
        FULL,
        90,
        lab="patient",
        fills_disk=True,
    ),
    _fierce(
        "app that fills the disk",
        10,
        serving(first="import os; os.posix_fallocate(os.open('/x', os.O_CREAT | os.O_RDWR), 0, 3 << 29)"),
        FULL,
        fills_disk=True,
    ),
    _fierce("folders 20,000 deep", 10, runs(_DEEP), FAILED, also=TIMEOUT),
)
