"""Where the first process of a container is, seen from the sandbox that it runs in."""

from __future__ import annotations

PROCESS_FOLDER = (
    '"/proc/$(grep -hsE "^NSpid:(\\s[0-9]+)*\\s$(docker inspect --format "{{.State.Pid}}" "$0")\\s1$" '
    '/proc/[0-9]*/status | cut -f 2)"'
)
"""For a shell whose $0 is the container's name: its folder in /proc; none is there once it has ended.

The engine counts processes in a namespace of its own, in which the sandbox's numbers mean others. The kernel
names a process in each namespace that it is in: the sandbox's first, then the engine's, and 1 in the
container's own (NSpid of proc_pid_status(5)).
"""
