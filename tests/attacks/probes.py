"""What an attacker tries, as functions that each say in a word or two what came of it.

Runs as one file on plain Python, inside a session or a container of its engine: ``python3 -c SOURCE JOBS``.
JOBS is a JSON list of ``[name, function, arguments]``; for each, a line of JSON ``[name, seen, seconds]`` is
printed. Every probe has a process of its own, for what it does to itself stays there, and `LIMIT_SECONDS`.
"""

import ctypes
import errno
import fcntl
import http.client
import json
import mmap
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

LIMIT_SECONDS = 20
ANSWER_SECONDS = 3
CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x2000000, 0x10000000, 0x40000000
PTRACE_ATTACH, PTRACE_DETACH = 16, 17
libc = ctypes.CDLL(None, use_errno=True)


def say(error: OSError) -> str:
    """Its name. The runner says so of what a probe raises; a probe catches what it goes on after."""
    return "no answer" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno, str(error))


def call(function, *arguments) -> str:
    """Call one of libc's functions; "done", or the error's name."""
    if function(*arguments) >= 0:
        return "done"
    return errno.errorcode.get(ctypes.get_errno(), "?")


# --- the kernel, and what guards the host ---------------------------------------------------------------


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


# --- other users -----------------------------------------------------------------------------------------


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
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if b"jupyterhub-singleuser" in command and b"LIMIT_SECONDS" not in command and int(process) > 1:
            target = int(process)
            seen = call(libc.ptrace, PTRACE_ATTACH, target, 0, 0)
            if seen == "done":
                os.waitpid(target, 0x40000000)  # __WALL
                libc.ptrace(PTRACE_DETACH, target, 0, 0)
            return seen
    return "no server"


# --- the network -----------------------------------------------------------------------------------------


def restore_route() -> str:
    """Give the inner engine's network the way out that our entry point took away: its owner can."""
    gateway = b"\x0a\x00\x02\x02"  # slirp4netns' own
    none = struct.pack("<HH4s8x", socket.AF_INET, 0, b"\0" * 4)
    by = struct.pack("<HH4s8x", socket.AF_INET, 0, gateway)
    route = struct.pack("<Q16s16s16sHh4xQQh6xQQQH6x", 0, none, by, none, 3, 0, 0, 0, 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x890B, route)  # SIOCADDRT
    return "done"


def connect(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((host, port))
        # Behind slirp4netns a connection stands before the other side has been asked.
        try:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return "answered" if client.recv(1) else "closed at once"
        except TimeoutError:
            return "connected"


def send_datagram(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((host, port))
        client.send(b"\0" * 12)
        client.recv(512)
    return "answered"


def multicast_v6(port: int) -> str:
    """Ask every IPv6 neighbour on the link, by all interfaces."""
    seen = set()
    for index, name in socket.if_nameindex():
        if name == "lo":
            continue
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            try:
                client.sendto(b"?", ("ff02::1", port, 0, index))
                client.recvfrom(64)
                seen.add(name)
            except OSError:
                continue
    return "answered" if seen else "nobody answered"


def borrow_address(address: str, host: str, port: int) -> str:
    """Speak with another session's address as one's own."""
    with socket.socket() as client:
        client.settimeout(ANSWER_SECONDS)
        client.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND
        client.bind((address, 0))
        client.connect((host, port))
    return "answered"


def resolve(name: str) -> str:
    try:
        socket.getaddrinfo(name, 80)
    except socket.gaierror:
        return "no such name"
    return "resolved"


def ask_resolver(resolver: str, name: str) -> str:
    """Ask a resolver of one's own choice for a name's address."""
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(ANSWER_SECONDS)
        client.connect((resolver, 53))
        client.send(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question)
        answer = client.recv(512)
    return "answered" if struct.unpack(">H", answer[6:8])[0] else "no such name"


def ask_through(proxy: str, target: str) -> str:
    """Ask the egress proxy for a tunnel to `target` (host:port), or for a page where it is an address."""
    host, port = proxy.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=ANSWER_SECONDS)
    try:
        if target.startswith("http:"):
            connection.request("GET", target, headers={"Host": urllib.parse.urlsplit(target).netloc})
        else:
            connection.request("CONNECT", target, headers={"Host": target})
        return str(connection.getresponse().status)
    finally:
        connection.close()


# --- taking all there is -----------------------------------------------------------------------------------


def hog_memory(processes: int, megabytes: int, seconds: int) -> str:
    """Touch memory in many processes at once; how many were killed."""
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            block = bytearray(megabytes * 1024**2)
            for place in range(0, len(block), 4096):
                block[place] = 1
            time.sleep(seconds)
            os._exit(0)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return "some were killed" if -9 in ends else "none was killed"


def bomb_with_processes(seconds: int) -> str:
    """Fork until no more can be; what stopped it."""
    end = time.monotonic() + seconds
    children = []
    seen = "no limit was met"
    while time.monotonic() < end:
        try:
            child = os.fork()
        except OSError as error:
            seen = say(error)
            time.sleep(0.05)
            continue
        if child == 0:
            time.sleep(max(0, end - time.monotonic()))
            os._exit(0)
        children.append(child)
        if len(children) > 2000:
            break
    for child in children:
        os.waitpid(child, 0)
    return seen


def spin(processes: int, seconds: int) -> str:
    """Compute in many processes; how many processors they had together, rounded up to halves."""
    started = time.monotonic()
    for _ in range(processes):
        if os.fork() == 0:
            while time.monotonic() < started + seconds:
                pass
            os._exit(0)
    for _ in range(processes):
        os.wait()
    times = os.times()
    share = (times.children_user + times.children_system) / (time.monotonic() - started)
    return "at most its processor" if share < 1.25 else f"{share:.1f} processors"


def fill_disk(folder: str, most_megabytes: int) -> str:
    """Write until it ends; what stopped it. What was written is removed again."""
    path = os.path.join(folder, "filled")
    block = os.urandom(1024**2)
    try:
        with open(path, "wb", buffering=0) as file:
            for _ in range(most_megabytes):
                file.write(block)
    finally:
        if os.path.exists(path):
            os.unlink(path)
    return "no limit was met"


def make_files(folder: str, most: int) -> str:
    """Make empty files until it ends; what stopped it. They are removed again."""
    nest = os.path.join(folder, "nest")
    os.makedirs(nest, exist_ok=True)
    try:
        for number in range(most):
            os.close(os.open(os.path.join(nest, str(number)), os.O_CREAT | os.O_WRONLY))
    finally:
        for entry in os.scandir(nest):
            os.unlink(entry.path)
        os.rmdir(nest)
    return "no limit was met"


def open_many_files(most: int) -> str:
    for _ in range(most):
        os.open("/dev/null", os.O_RDONLY)
    return "no limit was met"


def take_inotify(most: int, seconds: int) -> str:
    """Take the instances that all of this uid share, over many processes, and hold them for a while."""
    ends = time.monotonic() + seconds
    taken, children = 0, 0
    while taken < most and children < 200:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            mine = 0
            while mine < 4000 and libc.inotify_init1(0) >= 0:
                mine += 1
            os.write(write, struct.pack("<I", mine))
            time.sleep(max(0, ends - time.monotonic()))
            os._exit(0)
        children += 1
        os.close(write)
        mine = struct.unpack("<I", os.read(read, 4))[0]
        os.close(read)
        taken += mine
        if mine == 0:
            break
    for _ in range(children):
        os.wait()
    return "took what it could" if taken else "took none"


def need_inotify(wanted: int) -> str:
    """Whether as many instances can be had as a server with many watchers wants."""
    for number in range(wanted):
        if libc.inotify_init1(0) < 0:
            return f"{number} of {wanted}"
    return f"{wanted} of {wanted}"


def flood_log(seconds: int) -> str:
    """Write to the container's own log as fast as it goes."""
    line = b"y" * 4095 + b"\n"
    written = 0
    try:
        with open("/proc/1/fd/1", "wb", buffering=0) as log:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                written += log.write(line)
    except OSError as error:
        return say(error)
    return "written" if written else "nothing written"


def flood_with_connections(host: str, port: int, most: int, seconds: int) -> str:
    """Open connections and hold them; whether all were let in."""
    kept, refused = [], 0
    for _ in range(most):
        client = socket.socket()
        client.settimeout(ANSWER_SECONDS)
        try:
            client.connect((host, port))
            kept.append(client)
        except OSError:
            refused += 1
    time.sleep(seconds)
    return "some were refused" if refused else "all were let in"


def flood_with_requests(host: str, port: int, path: str, threads: int, seconds: int) -> str:
    """Ask as fast as it goes, by several threads."""
    end = time.monotonic() + seconds

    def ask() -> None:
        while time.monotonic() < end:
            connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return "asked"


# --- the runner --------------------------------------------------------------------------------------------


def in_a_process(function, arguments) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setpgid(0, 0)
        keywords = (
            arguments.pop() if arguments and isinstance(arguments[-1], dict) and function is mount else {}
        )
        try:
            seen = function(*arguments, **keywords)
        except OSError as error:
            seen = say(error)
        except Exception as error:  # the table shows it
            seen = f"{type(error).__name__}: {error}"
        os.write(write, seen.encode())
        os._exit(0)
    os.close(write)
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            seen = os.read(read, 4096).decode() or ("killed" if os.WIFSIGNALED(status) else "nothing")
            os.close(read)
            return seen
        time.sleep(0.002)
    os.killpg(child, 9)
    os.waitpid(child, 0)
    os.close(read)
    return f"no end in {LIMIT_SECONDS} s"


def main() -> None:
    for name, function, arguments in json.loads(sys.argv[1]):
        started = time.monotonic()
        seen = in_a_process(globals()[function], arguments)
        print(json.dumps([name, seen, round(time.monotonic() - started, 3)]), flush=True)


if __name__ == "__main__":
    main()
