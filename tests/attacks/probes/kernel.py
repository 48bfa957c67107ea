"""The kernel, and what guards the host."""

import ctypes
import errno
import fcntl
import mmap
import os
import socket
import stat
import struct
from pathlib import Path

from probes.words import call, in_a_process, libc, say

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUSER = 0x20000, 0x2000000, 0x10000000


def open_for_writing(path: str) -> str:
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError as error:
        return say(error)
    return "opened"


def make_device(kind: str, major: int, minor: int) -> str:
    path = f"/tmp/device-{os.getpid()}"
    os.mknod(path, 0o600 | getattr(stat, f"S_IF{kind}"), os.makedev(major, minor))
    os.close(os.open(path, os.O_RDONLY))
    return "opened"


def mount(kind: str, options: str, own_namespaces: bool) -> str:
    """Mount a file system of `kind`, with all that a user namespace of one's own gives."""
    if own_namespaces:
        enter_own_namespaces(CLONE_NEWNS | CLONE_NEWCGROUP)
    folder = f"/tmp/mount-{os.getpid()}"
    os.makedirs(folder, exist_ok=True)
    seen = call(libc.mount, kind.encode(), folder.encode(), kind.encode(), 0, options.encode())
    if seen != "done":
        return seen
    for name in ("release_agent", "devices.allow", "memory.limit_in_bytes", "pids.max", "uprobe_events"):
        if open_for_writing(f"{folder}/{name}") == "opened":
            return f"mounted, and {name} opened"
    return "mounted, and nothing in it opened"


def enter_own_namespaces(flags: int) -> None:
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | flags) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def change_attributes(request: int) -> str:
    """Change what a file system keeps about a file of one's own, by an ioctl."""
    path = f"/engine/attributes-{os.getpid()}"
    with open(path, "wb") as file:
        os.unlink(path)
        fcntl.ioctl(file, request, bytes(28))
    return "done"


def lift_own_limits() -> str:
    """Open whatever sets this control group's limits."""
    names = (
        *("memory.limit_in_bytes", "memory.max", "pids.max", "cpu.cfs_quota_us", "cpu.max", "devices.allow"),
        *("cgroup.procs", "release_agent"),
    )
    for folder, _, files in os.walk("/sys/fs/cgroup"):
        for name in set(names) & set(files):
            if open_for_writing(os.path.join(folder, name)) == "opened":
                return f"opened {os.path.join(folder, name)}"
    return "nothing opened"


def see_process(mark: str) -> str:
    me = {os.getpid(), os.getppid()}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        # The probes' own processes have the mark in their arguments.
        if int(process) not in me and mark.encode() in command and b"LIMIT_SECONDS" not in command:
            return "seen"
    return "not seen"


def raw_call(number: int, *arguments: int) -> str:
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(argument) for argument in arguments]
    return call(libc.syscall, ctypes.c_long(number), *given)


def raw_call_32(number: int) -> str:
    """The same by the 32-bit table: ``int 0x80`` from a 64-bit process."""
    code = b"\x53\xb8" + struct.pack("<I", number)  # push rbx; mov eax, number
    for register in (b"\xbb", b"\xb9", b"\xba", b"\xbe", b"\xbf"):
        code += register + struct.pack("<i", -1)  # mov ebx/ecx/edx/esi/edi, -1
    code += b"\xcd\x80\x48\x98\x5b\xc3"  # int 0x80; cdqe; pop rbx; ret
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    answer = ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    return "done" if answer >= 0 else errno.errorcode.get(-answer, "?")


def raw_calls(numbers: dict, expected: dict, table: str) -> str:
    """Call each by its number; how many were refused as expected, and which were not."""
    wrong = []
    for name, number in numbers.items():
        seen = in_a_process(raw_call_32 if table == "i386" else raw_call, [number] + [-1] * (table != "i386"))
        if seen not in (expected[name], "killed"):  # killed: the kernel has no such table
            wrong.append(f"{name} {seen}")
    return ", ".join(wrong) or "all refused"


def make_socket(family: int, kind: int) -> str:
    socket.socket(family, kind).close()
    return "opened"
