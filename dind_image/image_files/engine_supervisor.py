"""Keeps the session's Docker engine running, and keeps room for the learner's server to work.

One resident process that needs no new one to act. It starts the engine again when it dies, whatever ended it.
Where CONTAINRLAB_ENDS_CROWDS is set, it also ends what has taken all the processes that the session may have
(a fork bomb): the inner engine with all its containers, or else what was started in terminals and notebooks;
whichever has more. The server, this process and tini are never ended here. Judge sandboxes leave it unset:
there, the judge wants to see the crowd.

The engine and its containers live in a process namespace of their own (rootlesskit's --pidns): when its first
process ends, the kernel ends all the others with it, and refuses new ones meanwhile.
"""

# Only what the interpreter holds anyway: each session has one of these.
import os
import signal
import time

ENGINE = [
    # Under memory pressure the kernel ends inner containers first, then terminals and notebooks (300), and
    # the learner's server last. A score may only be raised, never lowered, from within.
    *("/usr/bin/choom", "-n", "500", "--"),
    # The server and this process get their turn before hundreds of a learner's; terminals and notebooks are
    # started with these numbers too (jupyter_server_config.json, kernel.json).
    *("nice", "-n", "10"),
    *("rootlesskit", "--net=slirp4netns", "--mtu=1400", "--disable-host-loopback", "--port-driver=builtin"),
    *("--copy-up=/etc", "--copy-up=/run", "--propagation=rslave", "--pidns", "/opt/containrlab/inner-engine"),
]
STOPPED = f"{os.environ.get('XDG_RUNTIME_DIR', '/run/user/1000')}/engine-stopped"
ENGINE_LOG = "/engine/engine.log"
CGROUPS = ("/sys/fs/cgroup/pids", "/sys/fs/cgroup")  # cgroup v1, v2
CHECK_SECONDS = 0.5
CROWDED_CHECKS = 3
"""How many checks in a row find no room before anything is ended: a build's peak is no bomb."""
STUBBORN_CHECKS = 12
"""The same before all is ended: hundreds need seconds to die."""
ROOM = 16
"""Processes that must be free."""
STOP_PASSES = 50


def main() -> None:
    """Supervise until the session ends, or the engine is told to stay stopped."""
    server = os.getppid()  # the shell that started this becomes the server
    cgroup = next((folder for folder in CGROUPS if os.path.exists(f"{folder}/pids.max")), "")
    ends_crowds = bool(os.environ.get("CONTAINRLAB_ENDS_CROWDS") and cgroup)
    engine = None
    crowded = 0
    while True:
        if engine is None or has_ended(engine):
            if os.path.exists(STOPPED):
                return
            engine = start_engine()
        try:
            crowded = crowded + 1 if ends_crowds and not has_room(cgroup) else 0
            if crowded == CROWDED_CHECKS:
                end_crowd(engine, server, least=int(_read(f"{cgroup}/pids.max")) // 4)
            elif crowded >= STUBBORN_CHECKS:
                # Not ended by that: a crowd from a terminal, in a process namespace of its own.
                end_all_but(_kept(engine, server), outsiders_only=False)
                crowded = 0
        except OSError:  # no file can be opened at this moment
            crowded = 0
        time.sleep(CHECK_SECONDS)


def start_engine() -> int | None:
    """The engine's process id; None where nothing is left to start it with: tried again."""
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/share/docker.io/contrib"}
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    log = [(os.POSIX_SPAWN_OPEN, 1, ENGINE_LOG, flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]
    try:
        return os.posix_spawn(ENGINE[0], ENGINE, environment, file_actions=log)
    except OSError:
        return None


def has_ended(child: int) -> bool:
    """True once the child has ended; it is gone then."""
    return os.waitpid(child, os.WNOHANG)[0] == child


def has_room(cgroup: str) -> bool:
    """True while the session may start ROOM more processes; also where it has no limit."""
    most = _read(f"{cgroup}/pids.max").strip()
    return most == "max" or int(_read(f"{cgroup}/pids.current")) + ROOM <= int(most)


def end_crowd(engine: int | None, server: int, *, least: int) -> None:
    """End the larger of the two: the engine's processes, or those of terminals and notebooks.

    Neither, where both are fewer than `least`: what took the room is gone by now.
    """
    kept = _kept(engine, server)
    inside, outside = _count(kept)
    if max(inside, outside) < least:
        return
    if engine is not None and inside >= outside:
        print(f"The Docker engine is started again: its containers took all processes ({inside}).")
        os.kill(engine, signal.SIGKILL)  # the first of the engine's namespace is bound to end with it
        return
    print(f"What terminals and notebooks started is ended: it took all processes ({outside}).")
    end_all_but(kept, outsiders_only=True)


def end_all_but(kept: set[int], *, outsiders_only: bool) -> None:
    """End what is not kept; without those in the engine's process namespace, or one like it, where asked."""
    # Stopped first: a process that ends makes room for the next one of a bomb, a stopped one does not.
    for _ in range(STOP_PASSES):
        running = [
            pid
            for pid, status in _processes(outsiders_only)
            if pid not in kept and status["State"][0] not in "TZ"
        ]
        if not running:
            break
        _signal_all(running, signal.SIGSTOP)
    _signal_all([pid for pid, _ in _processes(outsiders_only) if pid not in kept], signal.SIGKILL)


def _count(kept: set[int]) -> tuple[int, int]:
    inside = outside = 0
    for pid, status in _processes():
        if len(status["NSpid"].split()) > 1:
            inside += int(status["Threads"])
        elif pid not in kept:
            outside += int(status["Threads"])
    return inside, outside


def _kept(engine: int | None, server: int) -> set[int]:
    """What is never ended: rootlesskit's two processes outside of its namespace are of these."""
    rootlesskit = {pid for pid, status in _processes() if engine in (pid, int(status["PPid"]))}
    return {1, os.getpid(), server, *rootlesskit}


def _processes(outsiders_only: bool = False) -> list[tuple[int, dict[str, str]]]:
    """Number and status (proc_pid_status(5)) of each, or of each in the session's own process namespace."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            text = _read(f"/proc/{name}/status")
        except OSError:  # it has ended
            continue
        status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        if not outsiders_only or len(status["NSpid"].split()) == 1:
            found.append((int(name), status))
    return found


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _read(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()


if __name__ == "__main__":
    main()
