"""How the widgets find their server, and what they make of its event stream."""

from __future__ import annotations

import pytest

from judge_extension.widgets.server_door import DoorError, ServerDoor, parse_events

from ..live_server import LiveServer


@pytest.mark.parametrize(
    ("lines", "events"),
    [
        (["event: progress", 'data: {"a": 1}', ""], [("progress", {"a": 1})]),
        (["event:progress", 'data:{"a":1}', ""], [("progress", {"a": 1})]),
        pytest.param([": still here", "", 'data: {"a": 1}', ""], [("message", {"a": 1})], id="comment"),
        pytest.param(["data: {", 'data: "a": 1}', ""], [("message", {"a": 1})], id="two lines of data"),
        pytest.param(["data: nonsense", "", "data: [1]", ""], [], id="not an object"),
        pytest.param(["event: result", 'data: {"a": 1}'], [], id="cut off before its end"),
        pytest.param(["", "", "id: 3", "retry: 5", ""], [], id="nothing in it"),
    ],
)
def test_events_are_read_from_the_stream(lines: list[str], events: list[tuple[str, object]]) -> None:
    assert list(parse_events(iter(lines))) == events


def test_the_door_is_found_as_jupyterhub_says(live: LiveServer) -> None:
    door = ServerDoor.from_environment(
        {
            "JUPYTERHUB_SERVICE_URL": live.url.replace("127.0.0.1", "0.0.0.0"),
            "JUPYTERHUB_SERVICE_PREFIX": "/user/a%40b/",
            "JUPYTERHUB_API_TOKEN": live.token,
        }
    )
    assert door.get("api/me") == {"name": "alice", "server": ""}


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    door = ServerDoor("http://127.0.0.1:9/", "token")
    with pytest.raises(DoorError, match="Your work is kept") as error:
        door.get("api/me")
    assert error.value.may_pass
    with pytest.raises(DoorError, match="Your work is kept"):
        list(door.events(1))


def test_a_refusal_carries_what_the_server_said(live: LiveServer) -> None:
    live.course.refusal = (
        409,
        {"code": "attempt_running", "message": "No.", "hint": "Wait.", "attempt_id": 7},
    )
    with pytest.raises(DoorError) as error:
        ServerDoor(live.url, live.token).post("api/labs/lab1/reset")
    refusal = error.value
    assert (refusal.message, refusal.hint, refusal.code, refusal.attempt_id) == (
        "No.",
        "Wait.",
        "attempt_running",
        7,
    )
    assert not refusal.may_pass


def test_a_wrong_token_is_an_error_and_not_a_wait(live: LiveServer) -> None:
    with pytest.raises(DoorError):
        ServerDoor(live.url, "wrong").get("api/me")
