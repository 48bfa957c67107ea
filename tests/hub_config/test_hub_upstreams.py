"""A session whose server is not the one that we put there: the hub goes on, and soon."""

from __future__ import annotations

import time

from operator_cli.waiting import wait_for

MEBIBYTE = 1024**2


def test_endless_answer_does_not_fill_the_hub(hub):
    before = hub.process.memory_info().rss
    assert _start(hub, "endless") == "ready"
    assert hub.process.memory_info().rss - before < 30 * MEBIBYTE
    hub.stop_session("endless")


def test_redirect_is_not_followed(hub):
    _start(hub, "redirecting")
    visits = hub.settings.state_dir / "redirecting" / "visits"
    assert set(visits.read_text().splitlines()) == {"/user/redirecting/api"}
    hub.stop_session("redirecting")


def test_silence_ends_the_start_in_time(hub):
    started = time.monotonic()
    assert _start(hub, "silent") == "gone"
    assert time.monotonic() - started < 15


def _start(hub, name: str) -> str:
    """Start this session; how it ended: ``ready``, or ``gone`` where the hub gave it up."""
    visitor, token = hub.visitor(), hub.token(name)
    visitor.ask("POST", f"/hub/api/users/{name}/server", token=token)

    def server() -> dict[str, object] | None:
        answer = visitor.ask("GET", f"/hub/api/users/{name}", token=token).json()
        found: dict[str, object] | None = answer["servers"].get("")
        return found

    def is_settled() -> bool:
        found = server()
        return found is None or bool(found["ready"])

    assert wait_for(is_settled, 30)
    return "ready" if server() else "gone"
