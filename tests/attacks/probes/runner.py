"""Runs probes: ``python3 -c PROGRAM JOBS``.

JOBS is a JSON list of ``[name, function, arguments]``; for each, a line of JSON ``[name, seen, seconds]`` is
printed. Every probe has a process of its own, for what it does to itself stays there, and `LIMIT_SECONDS`.
"""

import json
import sys
import time

from probes import exhaustion, kernel, mounts, network, users
from probes.words import in_a_process


def main() -> None:
    probes = {**vars(kernel), **vars(mounts), **vars(users), **vars(network), **vars(exhaustion)}
    for name, function, arguments in json.loads(sys.argv[1]):
        started = time.monotonic()
        seen = in_a_process(probes[function], arguments)
        print(json.dumps([name, seen, round(time.monotonic() - started, 3)]), flush=True)
