"""Other users, and what a process of the session may do with their rights."""

import os
import subprocess
import time
from pathlib import Path

from probes.kernel import CLONE_NEWUSER
from probes.words import LIMIT_SECONDS, call, libc, say

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def become_root() -> str:
    for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0)):
        try:
            change()
        except OSError:
            continue
        return "done"
    return "refused"


def map_root(by: str) -> str:
    """Map the host's uid 0 into a user namespace of one's own, by hand or by the setuid helper."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        libc.unshare(CLONE_NEWUSER)
        os.write(write, b".")
        time.sleep(LIMIT_SECONDS)
        os._exit(0)
    os.read(read, 1)
    try:
        if by == "hand":
            Path(f"/proc/{child}/uid_map").write_text("0 0 1")
            return "done"
        answer = subprocess.run(["newuidmap", str(child), "0", "0", "1"], capture_output=True, check=False)
        return "refused" if answer.returncode else "done"
    except OSError as error:
        return say(error)
    finally:
        os.kill(child, 9)


def find_setuid_files() -> str:
    command = ["find", "/", "-xdev", "-perm", "/6000", "-type", "f"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return ", ".join(found) or "none"


def find_root_processes() -> str:
    """Processes with uid 0 that stay; a `docker exec` of the test's own has it for an instant."""
    first = root_processes()
    time.sleep(1)
    return ", ".join(name for process, name in root_processes().items() if process in first) or "none"


def root_processes() -> dict:
    found = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
        except OSError:
            continue
        uids = next(line.split()[1:] for line in lines if line.startswith("Uid:"))
        if "0" in uids:
            found[process] = lines[0].split()[1]
    return found


def show_capabilities() -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    values = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return f"effective {int(values['CapEff'], 16):x}, bounding {int(values['CapBnd'], 16):x}"


def take_over_own_server() -> str:
    """Attach to the learner's own Jupyter server as a debugger would."""
    target = find_own_server()
    seen = call(libc.ptrace, PTRACE_ATTACH, target, 0, 0)
    if seen == "done":
        os.waitpid(target, 0x40000000)  # __WALL
        libc.ptrace(PTRACE_DETACH, target, 0, 0)
    return seen


def find_own_server() -> int:
    for process, command in read_processes("cmdline"):
        if b"prepared-server" in command and b"LIMIT_SECONDS" not in command and process > 1:
            return process
    raise RuntimeError("no server")


def speak_to_own_server(line: str) -> str:
    """Tell the server once more whose it is, on its standard input; where that goes."""
    own_input = f"/proc/{find_own_server()}/fd/0"
    with open(own_input, "w") as file:
        file.write(line + "\n")
    return os.readlink(own_input)


def find_word(backwards: str) -> str:
    """Look for a word in the arguments and environments of all processes."""
    word = backwards[::-1].encode()
    for what in ("environ", "cmdline"):
        for _, text in read_processes(what):
            if word in text:
                return f"seen in {what}"
    return "not seen"


def read_processes(what: str) -> list:
    """Numbers of all processes that let themselves be read, and this file of /proc of each."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.append((int(process), Path(f"/proc/{process}/{what}").read_bytes()))
        except OSError:
            continue
    return found
