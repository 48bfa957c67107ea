"""What is mounted in the session, in a namespace of one's own choice."""

import os
from contextlib import suppress
from pathlib import Path

from probes.words import call, libc

MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_SHARED = 2, 4, 32, 4096, 16384, 1 << 20
MNT_DETACH = 2
CLONE_NEWNS = 0x20000


def enter_engine() -> None:
    """Go on in the inner engine's user and mount namespaces, whose master the learner is."""
    engine = find_processes("dockerd")[0]
    for kind in ("user", "mnt"):
        os.setns(os.open(f"/proc/{engine}/ns/{kind}", os.O_RDONLY), 0)


def enter_copy(namespaces: str) -> None:
    """Go on in a copy of the "engine"'s mount namespace, so that it goes on itself; "own" stays here."""
    if namespaces == "engine":
        enter_engine()
        os.unshare(CLONE_NEWNS)


def find_processes(name: str) -> list:
    """Numbers of the processes whose program has this name."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{process}/comm").read_text().strip() == name:
                found.append(process)
        except OSError:
            continue
    return found


def unmount(path: str, namespaces: str) -> str:
    """Take away what is mounted at `path`, and look, and write, at what is below."""
    enter_copy(namespaces)
    seen = call(libc.umount2, path.encode(), MNT_DETACH)
    if seen != "done":
        return seen
    with suppress(OSError):
        os.mkdir(f"{path}/written")
    with suppress(OSError):
        if found := os.listdir(path):
            return f"uncovered {', '.join(found)}"
    return "uncovered nothing"


def remount_for_writing(path: str, namespaces: str) -> str:
    enter_copy(namespaces)
    return call(libc.mount, None, path.encode(), None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, None)


def mount_for_all(path: str, name: str) -> str:
    """Mount something below `path` in the inner engine's namespaces, for all who see it; it stays."""
    enter_engine()
    folder = f"{path}/{name}"
    os.makedirs(folder, exist_ok=True)
    call(libc.mount, None, path.encode(), None, MS_REC | MS_SHARED, None)
    return call(libc.mount, name.encode(), folder.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, None)
