#!/usr/bin/env python3
"""Becomes the program $CHROMIUM, which then cannot hear that the machine's networks have changed.

Chromium ends the requests that wait for a connection when an interface gets or loses an address (its
ERR_NETWORK_CHANGED). Sessions and sandboxes of other tests come and go on this machine, and each has a
network; a JupyterLab that has lost its question for its terminals shows none. A learner's browser runs
elsewhere. Chromium hears of it by netlink; without that, it takes the machine to be online for ever.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
"""The number of the system call, of linux/arch/x86/entry/syscalls/syscall_64.tbl and asm-generic/unistd.h."""

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16  # where struct seccomp_data has them, of linux/seccomp.h
PROGRAM = [  # what to do, how many to skip where true and where not, with what: struct sock_filter
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 3, SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (EQUAL, 0, 1, socket.AF_NETLINK),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def main() -> None:
    program = Program(len(PROGRAM), b"".join(struct.pack("=HBBI", *line) for line in PROGRAM))
    set_option = ctypes.CDLL(None, use_errno=True).prctl
    if set_option(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or set_option(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        sys.exit(f"No filter of system calls: {os.strerror(ctypes.get_errno())}")
    os.execv(os.environ["CHROMIUM"], [os.environ["CHROMIUM"], *sys.argv[1:]])


if __name__ == "__main__":
    main()
