"""Chromium in a network of its own, from which some of this machine's ports are reached.

Each container that starts or ends changes the machine's networks, and Chromium then drops what it was loading
(ERR_NETWORK_CHANGED). A learner's own machine knows nothing of it.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def chromium_apart(chromium: Path, folder: Path, ports: Sequence[int]) -> Iterator[Path]:
    """A program that starts `chromium`, for whom 127.0.0.1 has `ports` and nothing else. Needs root."""
    folder.mkdir()
    inside = "".join(
        f"socat TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:{folder}/{port} & "
        for port in ports
    )
    script = f'ip link set lo up; {inside}exec {shlex.quote(str(chromium))} "$@"'
    apart = "unshare --net --pid --fork --kill-child --mount-proc"
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {apart} sh -c {shlex.quote(script)} sh "$@"\n')
    program.chmod(0o755)
    relays = [
        subprocess.Popen(
            ["socat", f"UNIX-LISTEN:{folder}/{port},fork", f"TCP:127.0.0.1:{port}"], start_new_session=True
        )
        for port in ports
    ]
    try:
        yield program
    finally:
        for relay in relays:
            os.killpg(relay.pid, signal.SIGKILL)
            relay.wait()
