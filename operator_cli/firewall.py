"""The static firewall: one nftables table of ours, keyed by the prefix of our bridges' names.

A session reaches the hub and the egress proxy at its own gateway's address, a judge sandbox the egress proxy
alone; nothing is forwarded to or from either, and IPv6 is closed. The table is replaced in one transaction,
so there is no moment without rules, and nobody else's table is touched. No rule is made per session.
"""

from __future__ import annotations

import shutil
import subprocess

from hub_config.settings import Settings

from .errors import FirewallRefused, NeedsRoot
from .packages import Packages, is_root

PACKAGE = "nftables"


def table_name(settings: Settings) -> str:
    """The table's name; two courses on one machine have two bridge prefixes."""
    return f"containrlab_{settings.bridge_prefix}"


def render_ruleset(settings: Settings) -> str:
    """The transaction that replaces our table."""
    table = f"inet {table_name(settings)}"
    prefix = settings.bridge_prefix
    # Priority -10: before the tables of Docker, ufw and firewalld, which might accept.
    return f"""\
table {table}
delete table {table}
table {table} {{
  chain sessions {{
    meta nfproto ipv6 drop
    ct state established,related accept
    tcp dport {{ {settings.port}, {settings.egress_port} }} fib daddr . iif type local accept
    meta l4proto tcp reject with tcp reset
    drop
  }}
  chain sandboxes {{
    meta nfproto ipv6 drop
    ct state established,related accept
    tcp dport {settings.egress_port} fib daddr . iif type local accept
    meta l4proto tcp reject with tcp reset
    drop
  }}
  chain closed {{
    meta nfproto ipv6 drop
    meta l4proto tcp reject with tcp reset
    reject
  }}
  chain input {{
    type filter hook input priority -10; policy accept;
    iifname "{prefix}-*" goto sessions
    iifname "{prefix}j-*" goto sandboxes
    iifname "lo" accept
    tcp dport {{ {_closed_ports(settings)} }} reject with tcp reset
  }}
  chain forward {{
    type filter hook forward priority -10; policy accept;
    iifname "{prefix}-*" goto closed
    iifname "{prefix}j-*" goto closed
    oifname "{prefix}-*" goto closed
    oifname "{prefix}j-*" goto closed
  }}
}}
"""


def load_firewall(settings: Settings, packages: Packages) -> None:
    """Replace our table by the settings' one. Raises `FirewallRefused`, `PackagesMissing`, `NeedsRoot`."""
    if not is_root():
        raise NeedsRoot("Loading the firewall")
    packages.install(PACKAGE)
    _nft(settings, ["-f", "-"], render_ruleset(settings))


def is_firewall_loaded(settings: Settings) -> bool:
    """True where our table is there."""
    if shutil.which("nft") is None:
        return False
    command = ["nft", "list", "table", "inet", table_name(settings)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def remove_firewall(settings: Settings) -> None:
    """Take our table away; one that is not there is fine. Raises `FirewallRefused`."""
    table = f"inet {table_name(settings)}"
    _nft(settings, ["-f", "-"], f"table {table}\ndelete table {table}\n")


def _closed_ports(settings: Settings) -> str:
    """What is closed to all interfaces but loopback and our bridges."""
    is_local_trial = settings.public_url is None
    return ", ".join(str(port) for port in (settings.egress_port, *([settings.port] * is_local_trial)))


def _nft(settings: Settings, arguments: list[str], rules: str) -> None:
    answer = subprocess.run(["nft", *arguments], input=rules, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise FirewallRefused(
            f"The firewall table {table_name(settings)} could not be loaded",
            f"nft answered: {answer.stderr.strip()}",
            "containrlab doctor says what this machine lacks (in a container: run it with NET_ADMIN)",
        )
