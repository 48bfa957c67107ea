"""Who listens on a port is found by its socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from operator_cli.listeners import Listener, find_listener, parse_sockets
from operator_cli.ports import is_free

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5555 1
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 6666 1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7777 1
"""


def test_only_listening_sockets_of_the_port_count():
    assert parse_sockets(TABLE, 8000) == {"5555"}
    assert parse_sockets(TABLE, 50000) == set()


def test_own_listener_is_found():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = find_listener(port)
        assert found is not None
        assert found.pid == os.getpid()
    assert is_free(port)
    assert find_listener(port) is None


def test_what_belongs_to_a_course_is_known_by_its_state_folder():
    hub = Listener(1, "node", "/srv/state", "node configurable-http-proxy")
    proxy = Listener(2, "squid", "/", "squid -N -f /srv/state/squid.conf")
    other = Listener(3, "nginx", "/", "nginx: master process -c /srv/state-of-the-art.conf")
    assert [listener.belongs_to(Path("/srv/state")) for listener in (hub, proxy, other)] == [
        True,
        True,
        False,
    ]
