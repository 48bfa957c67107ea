"""One small request to each package registry of the allow list, all at once, as the egress proxy would go:
straight from this machine, by TLS on port 443."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

ANSWER_SECONDS = 4
WHOLE_SECONDS = 8
"""For every step of the request together: a resolver can be slow before a connection is even tried."""


@dataclass(frozen=True)
class RegistryAnswer:
    """What a host said: nothing (`error` says why), or something, whatever its status."""

    host: str
    error: str = ""
    clock_ahead: float | None = None
    """Seconds that this machine's clock is ahead of the host's; exact to about a second."""


def ask_registries(hosts: Sequence[str], extra_ca: Path | None) -> list[RegistryAnswer]:
    """Ask all hosts; takes `WHOLE_SECONDS` at most."""
    context = ssl.create_default_context()
    if extra_ca is not None:
        context.load_verify_locations(extra_ca)
    answers: dict[str, RegistryAnswer] = {}

    def ask(host: str) -> None:
        answers[host] = _ask(host, context)

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + WHOLE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {WHOLE_SECONDS} s"
    return [answers.get(host) or RegistryAnswer(host, error=late) for host in hosts]


def clock_ahead(date: str | None, age: str | None, now: datetime) -> float | None:
    """Seconds that `now` is ahead of a Date header; None where that says nothing.

    A cache sends the Date of the answer that it kept, and its Age beside it (RFC 9111, section 5.1).
    """
    try:
        then = parsedate_to_datetime(date or "").timestamp() + int(age or 0)
    except ValueError:
        return None
    return now.timestamp() - then


def _ask(host: str, context: ssl.SSLContext) -> RegistryAnswer:
    connection = http.client.HTTPSConnection(host, timeout=ANSWER_SECONDS, context=context)
    try:
        connection.request("HEAD", "/")
        headers = connection.getresponse().headers
    except ssl.SSLCertVerificationError as error:
        return RegistryAnswer(host, error=error.verify_message)
    except (OSError, http.client.HTTPException) as error:
        return RegistryAnswer(host, error=str(error) or type(error).__name__)
    finally:
        connection.close()
    return RegistryAnswer(host, clock_ahead=clock_ahead(headers["Date"], headers["Age"], datetime.now(UTC)))
