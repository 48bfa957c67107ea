"""Attacks over the network: on the hub's machine, on the neighbour, and on what is outside."""

from __future__ import annotations

from .attack import Attack, ends

REFUSED = ends(
    *("ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ECONNRESET", "closed at once"), called="refused at once"
)
UNREACHED = REFUSED + ends("no answer", "EPERM", called="no answer")
UNNAMED = ends("no such name", "no answer", "ECONNREFUSED", called="no such name, or no answer")
NO_ROUTE = ends("ENETUNREACH", "EADDRNOTAVAIL", "EHOSTUNREACH", "EACCES", "EPERM", called="no way there")
NOT_OWN = REFUSED + ends("EADDRNOTAVAIL", "no answer", "EPERM", called="not their address, or no answer")
RULESET = "the firewall: on its own gateway a session reaches the hub's port and the egress proxy's"
ALONE = "a session is alone on its network; the firewall forwards nothing from or to it"
ALLOW_LIST = "the egress proxy's allow list, and its refusal of private addresses"

REACHED = (
    Attack(
        "reach the hub on the session's own gateway",
        "connect",
        ("{gateway}", "{hub_port}"),
        held_by="meant to be reached",
        learner=ends("answered"),
        container=ends("answered"),
    ),
    Attack(
        "reach the egress proxy on the session's own gateway",
        "connect",
        ("{gateway}", "{egress_port}"),
        held_by="meant to be reached",
        learner=ends("answered"),
        container=ends("answered"),
    ),
)

_MACHINE = (
    ("another service of the machine, on the session's gateway", "{gateway}", "{listener_port}"),
    ("the hub's own port, on the session's gateway", "{gateway}", "{hub_own_port}"),
    ("the control port of the hub's proxy, on the session's gateway", "{gateway}", "{proxy_api_port}"),
    ("the course service's own port, on the session's gateway", "{gateway}", "{course_port}"),
    ("another service of the machine, on Docker's own bridge", "{docker_bridge}", "{listener_port}"),
    ("the hub, on Docker's own bridge", "{docker_bridge}", "{hub_port}"),
    ("another service of the machine, on its own address", "{machine}", "{listener_port}"),
    ("the hub, on the machine's own address", "{machine}", "{hub_port}"),
    ("the hub, on the neighbour's gateway", "{neighbour_gateway}", "{hub_port}"),
    ("the egress proxy, on the neighbour's gateway", "{neighbour_gateway}", "{egress_port}"),
)
MACHINE = tuple(
    Attack(
        f"reach {what}",
        "connect",
        (host, port),
        held_by=RULESET,
        learner=REFUSED,
        container=REFUSED,
    )
    for what, host, port in _MACHINE
)

NEIGHBOUR = (
    Attack(
        "reach the neighbour's server by its address",
        "connect",
        ("{neighbour}", 8888),
        held_by=ALONE,
        learner=REFUSED,
        container=REFUSED,
    ),
    Attack(
        "find the neighbour by name",
        "resolve",
        ("{neighbour_name}",),
        held_by="names are answered for the session's own network alone",
        learner=ends("no such name"),
        container=ends("no such name"),
    ),
    Attack(
        "find the neighbour by asking Docker's resolver",
        "ask_resolver",
        ("127.0.0.11", "{neighbour_name}"),
        held_by="names are answered for the session's own network alone",
        learner=UNNAMED,
        container=UNNAMED,
    ),
    Attack(
        "speak with the neighbour's address to the hub",
        "borrow_address",
        ("{neighbour}", "{gateway}", "{hub_port}"),
        held_by=ALONE + "; a packet whose source is not of its network is dropped",
        learner=NOT_OWN,
    ),
    Attack(
        "reach neighbours by IPv6 multicast",
        "multicast_v6",
        ("{listener_port}",),
        held_by="IPv6 is off on sessions' bridges, and the firewall drops it",
        learner=ends("nobody answered"),
        container=ends("nobody answered"),
    ),
    Attack(
        "reach the machine by IPv6",
        "connect",
        ("{machine_v6}", "{hub_port}"),
        held_by="IPv6 is off on sessions' bridges, and the firewall drops it",
        learner=NO_ROUTE,
        container=NO_ROUTE,
    ),
)

OUTSIDE = (
    Attack(
        "reach a machine outside",
        "connect",
        ("{outside}", 443),
        held_by="the network is internal; the firewall forwards nothing",
        learner=REFUSED,
        container=REFUSED,
    ),
    Attack(
        "reach a cloud's metadata service",
        "connect",
        ("169.254.169.254", 80),
        held_by="the network is internal; the firewall forwards nothing",
        learner=REFUSED,
        container=REFUSED,
    ),
    Attack(
        "ask a resolver outside",
        "send_datagram",
        ("{outside}", 53),
        held_by="the network is internal; the firewall forwards nothing",
        learner=UNREACHED,
        container=UNREACHED,
    ),
    Attack(
        "ask a resolver on the gateway",
        "send_datagram",
        ("{gateway}", 53),
        held_by=RULESET,
        learner=UNREACHED,
        container=UNREACHED,
    ),
    Attack(
        "carry words out by a name",
        "resolve",
        ("secret.example.org",),
        held_by="no resolver is behind the session's",
        learner=ends("no such name"),
        container=ends("no such name"),
    ),
    Attack(
        "carry words out by a name, by asking Docker's resolver",
        "ask_resolver",
        ("127.0.0.11", "secret.example.org"),
        held_by="Docker's resolver is given none to ask (--dns 127.0.0.1)",
        learner=UNNAMED,
        container=UNNAMED,
    ),
)

_TUNNELS = (
    ("to a host that is not on the list", "example.org:443"),
    ("to another port of a listed host", "pypi.org:22"),
    ("to the hub's own port on loopback", "127.0.0.1:{hub_own_port}"),
    ("to the hub's own port by name", "localhost:{hub_own_port}"),
    ("to a service of the machine, on its own address", "{machine}:{listener_port}"),
    ("to port 443 of the machine's own address", "{machine}:443"),
    ("to the neighbour's server", "{neighbour}:8888"),
    ("to loopback by IPv6", "[::1]:443"),
    ("to a cloud's metadata service", "169.254.169.254:443"),
    ("to a page of a host that is not on the list", "http://example.org/"),
    ("to a page of the machine", "http://{machine}:{listener_port}/"),
    ("to the proxy's own pages", "http://{gateway}:{egress_port}/"),
)
PROXY = tuple(
    Attack(
        f"be carried by the egress proxy {what}",
        "ask_through",
        ("{gateway}:{egress_port}", target),
        held_by=ALLOW_LIST,
        learner=ends("403"),
        container=ends("403"),
    )
    for what, target in _TUNNELS
)

NETWORK_ATTACKS = (*REACHED, *MACHINE, *NEIGHBOUR, *OUTSIDE, *PROXY)
