"""Every system call of the seccomp profile's deny list, by each of the processor's call tables."""

from __future__ import annotations

import ctypes
import errno
import json
from functools import cache
from pathlib import Path

from .attack import Attack, ends
from .kernel_attacks import SECCOMP

PROFILE = Path(__file__).parent.parent.parent / SECCOMP
# From libseccomp's seccomp.h: the audit architecture of each table.
TABLES = {"x86_64": 0xC000003E, "i386": 0x40000003, "x32": 0x4000003E}


def denied_calls() -> dict[str, str]:
    """Names that the profile refuses whatever their arguments, and the error's name."""
    rules = json.loads(PROFILE.read_text())["syscalls"]
    return {
        name: errno.errorcode[rule["errnoRet"]]
        for rule in rules
        if "args" not in rule
        for name in rule["names"]
    }


def call_numbers(table: str) -> dict[str, int]:
    """Numbers of the denied calls that are in the table; asked of libseccomp, which runc uses too."""
    resolved = {name: _resolve(table, name) for name in denied_calls()}
    return {name: number for name, number in resolved.items() if number >= 0}


def _resolve(table: str, name: str) -> int:
    number: int = _libseccomp().seccomp_syscall_resolve_name_arch(
        ctypes.c_uint32(TABLES[table]), name.encode()
    )
    return number


@cache
def _libseccomp() -> ctypes.CDLL:
    return ctypes.CDLL("libseccomp.so.2")


SYSCALL_ATTACKS = tuple(
    Attack(
        f"make each denied system call by the {table} table",
        "raw_calls",
        (f"{{calls_{table}}}", "{denied_calls}", table),
        held_by=SECCOMP,
        learner=ends("all refused"),
        container=ends("all refused"),
    )
    for table in TABLES
)
