"""This machine's own addresses, of all its interfaces, as the kernel lists them."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

_LOCAL_V4 = re.compile(r"\|-- (\S+)\n +/32 host LOCAL")


def list_own_addresses(network: Path = Path("/proc/net")) -> tuple[str, ...]:
    """IPv4 and IPv6 addresses, each once; IPv6's are missing on a kernel without it."""
    v4 = _LOCAL_V4.findall((network / "fib_trie").read_text(encoding="ascii"))
    interfaces = network / "if_inet6"
    lines = interfaces.read_text(encoding="ascii").splitlines() if interfaces.exists() else []
    v6 = (str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in lines)
    return tuple(sorted({*v4, *v6}))
