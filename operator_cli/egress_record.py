"""One connection through the egress proxy: from squid's line to the line that a teacher reads.

What a client chose (method, host) is untrusted: squid percent-encodes it, it is cut, and JSON escapes the
rest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from .egress_config import NOT_LISTED, NOT_OFFERED, PRIVATE, TOO_MANY
from .egress_owners import Owner

_FIELDS = 10
_LONGEST_ADDRESS = 45
_LONGEST_METHOD = 20
_LONGEST_HOST = 255  # RFC 1035, 2.3.4
_REFUSALS = {
    NOT_LISTED: "not_listed",
    NOT_OFFERED: "not_offered",
    PRIVATE: "private_address",
    TOO_MANY: "too_many_connections",
    "ERR_ACCESS_DENIED": "not_a_session",
}


@dataclass(frozen=True)
class Access:
    """One line of squid's; sizes in bytes."""

    ended: datetime
    seconds: float
    address: str
    method: str
    host: str
    port: int
    status: int
    reason: str
    received: int
    sent: int

    @property
    def began(self) -> float:
        """When squid had read the request, in seconds since 1970."""
        return self.ended.timestamp() - self.seconds


def parse_access(line: str) -> Access | None:
    """Read a line in `egress_config.LOG_FORMAT`; None for what is none."""
    fields = line.split(" ")
    if len(fields) != _FIELDS:
        return None
    ended, milliseconds, address, method, host, port, status, reason, received, sent = fields
    try:
        return Access(
            ended=datetime.fromtimestamp(float(ended), UTC),
            seconds=int(milliseconds) / 1000,
            address=address[:_LONGEST_ADDRESS],
            method=method[:_LONGEST_METHOD],
            host=host[:_LONGEST_HOST],
            port=_number(port),
            status=int(status),
            reason=reason.rpartition(":")[2],
            received=_number(received),
            sent=_number(sent),
        )
    except (ValueError, OverflowError):
        return None


def render_record(access: Access, owner: Owner | None) -> str:
    """The line of ``egress.log``, as docs/operating.md describes it."""
    outcome, reason = _outcome(access)
    return json.dumps(
        {
            "time": access.ended.isoformat(timespec="milliseconds"),
            "owner": owner.name if owner else None,
            "role": owner.role if owner else None,
            "network": owner.network if owner else None,
            "address": access.address,
            "method": access.method,
            "host": access.host,
            "port": access.port or None,
            "outcome": outcome,
            "reason": reason,
            "status": access.status,
            "received": access.received,
            "sent": access.sent,
            "seconds": access.seconds,
        }
    )


def _outcome(access: Access) -> tuple[str, str | None]:
    if access.reason in _REFUSALS:
        return "refused", _REFUSALS[access.reason]
    if access.reason != "-":
        return "failed", access.reason.removeprefix("ERR_").lower()
    return "allowed", None


def _number(text: str) -> int:
    return 0 if text == "-" else int(text)
