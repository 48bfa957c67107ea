"""The firewall's rules as text: one nftables table of ours, keyed by what our bridges' names begin with.

From a session, exactly the hub's port and, by its egress policy, the egress proxy's answer, both on its own
gateway and within limits; from a judge sandbox the egress proxy's at most. All else is refused at once, so
that nobody waits for a timeout, and nothing is forwarded to or from either. No rule is made per session.
"""

from __future__ import annotations

from hub_config.settings import Settings
from spawner.bridge_names import bridge_kinds, bridge_stem
from spawner.labels import Role
from spawner.session_policy import Egress

HUB_CONNECTIONS = 128
"""Of one session at once. JupyterLab's own requests come the other way, through the hub's proxy."""
NEW_CONNECTIONS_PER_SECOND = 50
NEW_CONNECTIONS_BURST = 200


def table_name(settings: Settings) -> str:
    """The table's name; two courses on one machine have two bridge prefixes."""
    return f"containrlab_{settings.bridge_prefix}"


def egress_connections(settings: Settings) -> int:
    """Of one session or sandbox at once: above what the egress proxy serves, so that it can say so."""
    return 2 * settings.egress_connections


def render_ruleset(settings: Settings) -> str:
    """The transaction that replaces our table.

    The limits are counted by bridge, not by source address: a session has one bridge, and five addresses to
    choose from. `prerouting` comes before connection tracking and Docker's address translation, the other
    two (priority -10) before the tables of Docker, ufw and firewalld, whose accepting undoes no refusal.
    """
    table = f"inet {table_name(settings)}"
    return f"""\
table {table}
delete table {table}
table {table} {{
  set hub_connections {{ type ifname; flags dynamic; }}
  set egress_connections {{ type ifname; flags dynamic; }}
  set new_connections {{ type ifname; flags dynamic, timeout; timeout 10s; }}
  chain refused {{
    meta l4proto tcp reject with tcp reset
    reject
  }}
  chain to_hub {{
    update @new_connections {{ iifname {_over_rate()} }} reject with tcp reset
    add @hub_connections {{ iifname ct count over {HUB_CONNECTIONS} }} reject with tcp reset
    accept
  }}
  chain to_egress {{
    update @new_connections {{ iifname {_over_rate()} }} reject with tcp reset
    add @egress_connections {{ iifname ct count over {egress_connections(settings)} }} reject with tcp reset
    accept
  }}
{_chains_by_kind(settings)}
  chain from_ours {{
    meta nfproto ipv6 drop
    fib saddr . iif oif missing drop
  }}
  chain prerouting {{
    type filter hook prerouting priority raw; policy accept;
{_for_each_kind(settings, 'iifname "{stem}*" goto from_ours')}
  }}
  chain input {{
    type filter hook input priority -10; policy accept;
{_for_each_kind(settings, 'iifname "{stem}*" goto {chain}')}
    iifname "lo" accept
    tcp dport {{ {_closed_ports(settings)} }} reject with tcp reset
  }}
  chain forward {{
    type filter hook forward priority -10; policy accept;
{_for_each_kind(settings, 'iifname "{stem}*" goto refused')}
{_for_each_kind(settings, 'oifname "{stem}*" goto refused')}
  }}
}}
"""


def _over_rate() -> str:
    return f"limit rate over {NEW_CONNECTIONS_PER_SECOND}/second burst {NEW_CONNECTIONS_BURST} packets"


def _chains_by_kind(settings: Settings) -> str:
    return "\n".join(_chain_of(settings, role, egress) for role, egress in bridge_kinds())


def _chain_of(settings: Settings, role: Role, egress: Egress) -> str:
    own_gateway = "fib daddr . iif type local"
    rules = ["ct state established,related accept"]
    if role is Role.SESSION:
        rules.append(f"tcp dport {settings.port} {own_gateway} goto to_hub")
    if egress is Egress.PACKAGES:
        rules.append(f"tcp dport {settings.egress_port} {own_gateway} goto to_egress")
    rules.append("goto refused")
    lines = "\n".join(f"    {rule}" for rule in rules)
    return f"  chain {_chain_name(role, egress)} {{\n{lines}\n  }}"


def _for_each_kind(settings: Settings, rule: str) -> str:
    return "\n".join(
        "    "
        + rule.format(stem=bridge_stem(settings.bridge_prefix, role, egress), chain=_chain_name(role, egress))
        for role, egress in bridge_kinds()
    )


def _chain_name(role: Role, egress: Egress) -> str:
    return f"{role}_{egress}"


def _closed_ports(settings: Settings) -> str:
    """What is closed to all interfaces but loopback and our bridges."""
    is_local_trial = settings.public_url is None
    return ", ".join(str(port) for port in (settings.egress_port, *([settings.port] * is_local_trial)))
