"""Taking all there is."""

import http.client
import os
import socket
import struct
import threading
import time

from probes.words import ANSWER_SECONDS, libc, say


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
