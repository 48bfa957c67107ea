"""Every check, in the order in which they are shown."""

from __future__ import annotations

from .addresses import ADDRESSES
from .apparmor import APPARMOR
from .cgroups import CGROUPS
from .check import Check
from .clock import CLOCK
from .debian_packages import DEBIAN_PACKAGES
from .disk_quota import DISK_QUOTA
from .disk_space import DISK_SPACE
from .engine import ENGINE
from .engine_place import ENGINE_PLACE
from .firewall import FIREWALL
from .images import IMAGES
from .inotify import INOTIFY
from .kernel import KERNEL
from .memory import MEMORY
from .overlay import OVERLAY
from .ports import PORTS
from .programs import PROGRAMS
from .registries import REGISTRIES
from .runtime import RUNTIME
from .selinux import SELINUX
from .state_folder import STATE_FOLDER
from .storage_driver import STORAGE_DRIVER
from .subordinate_ids import SUBORDINATE_IDS
from .swap_limit import SWAP_LIMIT
from .tunnel_device import TUNNEL_DEVICE
from .user_namespaces import USER_NAMESPACES
from .warm_pool import WARM_POOL

ALL_CHECKS: tuple[Check, ...] = (
    *(ENGINE, ENGINE_PLACE, STORAGE_DRIVER, RUNTIME),
    *(KERNEL, OVERLAY, TUNNEL_DEVICE, CGROUPS, SWAP_LIMIT),
    *(USER_NAMESPACES, APPARMOR, SELINUX, SUBORDINATE_IDS, INOTIFY),
    *(FIREWALL, ADDRESSES, PORTS, REGISTRIES, CLOCK),
    *(MEMORY, WARM_POOL, DISK_SPACE, DISK_QUOTA),
    *(PROGRAMS, DEBIAN_PACKAGES, IMAGES, STATE_FOLDER),
)
