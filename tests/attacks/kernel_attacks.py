"""Attacks on the host by its kernel, and on other users of the machine."""

from __future__ import annotations

from .attack import Attack, ends

NO_PERMISSION = ends("EACCES", "EPERM", "EROFS", called="no permission")
NOT_THERE = NO_PERMISSION + ends("ENOENT", called="not there")
NO_MOUNT = NO_PERMISSION + ends("EINVAL", "ENODEV", called="no such file system")
HARMLESS_MOUNT = NO_MOUNT + ends("mounted, and nothing in it opened")
OTHER_UID = "no process of a session has the host's uid 0 after its entry point"
NO_CAPABILITY = "no capability is held; a user namespace's own do not reach the host"
SECCOMP = "dind_image/seccomp.json"

_HOST_SETTINGS = (
    *("kernel/core_pattern", "kernel/randomize_va_space", "kernel/threads-max"),
    *("vm/drop_caches", "vm/overcommit_memory", "fs/file-max", "fs/inotify/max_user_instances"),
)

HOST_SETTINGS = tuple(
    Attack(
        f"open /proc/sys/{setting} for writing",
        "open_for_writing",
        (f"/proc/sys/{setting}",),
        held_by=OTHER_UID,
        learner=NO_PERMISSION,
        container=NO_PERMISSION,
    )
    for setting in _HOST_SETTINGS
)

HOST_FILES = (
    Attack(
        "open the session's core_pattern by a mount of its root",
        "open_for_writing",
        ("/host/proc/sys/kernel/core_pattern",),
        held_by=OTHER_UID,
        container=NO_PERMISSION,
    ),
    Attack(
        "open /proc/sysrq-trigger for writing",
        "open_for_writing",
        ("/proc/sysrq-trigger",),
        held_by=OTHER_UID,
        learner=NOT_THERE,
        container=NOT_THERE,
    ),
    Attack(
        "open /sys/kernel/uevent_helper for writing",
        "open_for_writing",
        ("/sys/kernel/uevent_helper",),
        held_by=OTHER_UID,
        learner=NOT_THERE,
        container=NOT_THERE,
    ),
    Attack(
        "open /proc/kcore for writing",
        "open_for_writing",
        ("/proc/kcore",),
        held_by=OTHER_UID,
        learner=NOT_THERE,
        container=NOT_THERE,
    ),
    Attack(
        "change what the session runs (/opt/containrlab/entry)",
        "open_for_writing",
        ("/opt/containrlab/entry",),
        held_by="read-only root file system",
        learner=NO_PERMISSION,
    ),
    Attack(
        "change what the session runs, by a mount of its root",
        "open_for_writing",
        ("/host/opt/containrlab/entry",),
        held_by="read-only root file system",
        container=NO_PERMISSION,
    ),
    Attack(
        "change a lab image that all sessions share",
        "open_for_writing",
        ("{store_file}",),
        held_by="read-only mount of the image store",
        learner=NO_PERMISSION,
    ),
    Attack(
        "change a lab image that all sessions share, as the store's owner",
        "open_for_writing",
        ("/host{store_file}",),
        held_by="read-only mount of the image store",
        container=NO_PERMISSION,
    ),
)

DEVICES = tuple(
    Attack(
        f"make and open the device of {what}",
        "make_device",
        (kind, major, minor),
        held_by=NO_CAPABILITY,
        learner=NO_PERMISSION,
        container=NO_PERMISSION,
    )
    for what, kind, major, minor in (
        ("the machine's memory", "CHR", 1, 1),
        ("loop devices' control", "CHR", 10, 237),
        ("the first SCSI disk", "BLK", 8, 0),
        ("the first virtual disk", "BLK", 254, 0),
    )
)

_MOUNTS = (
    *(("cgroup", "memory"), ("cgroup", "devices"), ("cgroup2", ""), ("devtmpfs", ""), ("debugfs", "")),
    *(("tracefs", ""), ("securityfs", ""), ("bpf", "")),
)
MOUNTS = tuple(
    Attack(
        f"mount {kind} {options}".strip() + " in namespaces of one's own" * own,
        "mount",
        (kind, options, own),
        held_by=NO_CAPABILITY,
        learner=outcomes,
        container=outcomes,
    )
    for own in (False, True)
    for kind, options in _MOUNTS
    # A control group namespace's owner may see its own branch; nothing there opens.
    for outcomes in [HARMLESS_MOUNT if kind.startswith("cgroup") else NO_MOUNT]
)

LIMITS = (
    Attack(
        "lift the session's own limits",
        "lift_own_limits",
        (),
        held_by="control groups are mounted read-only, and belong to the host's root",
        learner=ends("nothing opened"),
        container=ends("nothing opened"),
    ),
    Attack(
        "count one's files in another quota (FS_IOC_FSSETXATTR)",
        "change_attributes",
        (0x401C5820,),
        held_by=SECCOMP,
        learner=ends("EPERM"),
    ),
    Attack(
        "make one's files immutable, or of another quota (FS_IOC_SETFLAGS)",
        "change_attributes",
        (0x40086602,),
        held_by=SECCOMP,
        learner=ends("EPERM"),
    ),
    Attack(
        "see a process of the host",
        "see_process",
        ("{host_process}",),
        held_by="own process namespace",
        learner=ends("not seen"),
        container=ends("not seen"),
    ),
)

SOCKETS = (
    Attack(
        "speak to the hypervisor (AF_VSOCK)",
        "make_socket",
        (40, 1),
        held_by=SECCOMP,
        learner=ends("EAFNOSUPPORT"),
        container=ends("EAFNOSUPPORT"),
    ),
    Attack(
        "use the kernel's cryptography (AF_ALG)",
        "make_socket",
        (38, 5),
        held_by=SECCOMP,
        learner=ends("EAFNOSUPPORT"),
        container=ends("EAFNOSUPPORT"),
    ),
    Attack(
        "write raw packets to the session's network (AF_PACKET)",
        "make_socket",
        (17, 3),
        held_by=NO_CAPABILITY,
        learner=ends("EPERM"),
    ),
)

USERS = (
    Attack(
        "become root by setuid()",
        "become_root",
        (),
        held_by=NO_CAPABILITY,
        learner=ends("refused"),
    ),
    Attack(
        "map the host's root into a user namespace by hand",
        "map_root",
        ("hand",),
        held_by="the kernel maps only what the writer is",
        learner=NO_PERMISSION,
    ),
    Attack(
        "map the host's root into a user namespace by newuidmap",
        "map_root",
        ("helper",),
        held_by="/etc/subuid names 65,536 uids from 100,000 on, and is read-only",
        learner=ends("refused"),
    ),
    Attack(
        "find a file that gives another user",
        "find_setuid_files",
        (),
        held_by="the image has no setuid or setgid file",
        learner=ends("none"),
    ),
    Attack(
        "find a process with uid 0 to take over",
        "find_root_processes",
        (),
        held_by=OTHER_UID,
        learner=ends("none"),
    ),
    Attack(
        "use a capability",
        "show_capabilities",
        (),
        held_by="all are dropped but SETUID and SETGID, which newuidmap needs",
        learner=ends("effective 0, bounding c0"),
    ),
    Attack(
        "take over their own Jupyter server",
        "take_over_own_server",
        (),
        held_by="not held, and nothing is lost: it is theirs, and nothing that it says is believed",
        learner=ends("done"),
    ),
)

KERNEL_ATTACKS = (*HOST_SETTINGS, *HOST_FILES, *DEVICES, *MOUNTS, *LIMITS, *SOCKETS, *USERS)
