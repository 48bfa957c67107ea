"""What is tried with the token of one's own session, with a forged one, and with none."""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = (401, 403, 404)
"""404: that there is such a thing is no business of theirs either."""


@dataclass(frozen=True)
class TokenAttack:
    """A request with the attacker's session token; paths may name ``{me}`` and ``{neighbour}``."""

    name: str
    method: str
    path: str
    statuses: tuple[int, ...] = REFUSED
    token: str = "{token}"
    body: str | None = None
    held_by: str = "a session's token opens its own server and the course service, and nothing of the hub's"

    @property
    def expected(self) -> str:
        return " or ".join(map(str, self.statuses))


FORGED = "0123456789abcdef" * 2
_HUB = "/hub/api"
_COURSE = "/services/course/api"

HUB_ATTACKS = (
    TokenAttack("see who takes the course", "GET", f"{_HUB}/users"),
    TokenAttack("see the neighbour", "GET", f"{_HUB}/users/{{neighbour}}"),
    TokenAttack("end the neighbour's session", "DELETE", f"{_HUB}/users/{{neighbour}}/server"),
    TokenAttack("start a session for the neighbour", "POST", f"{_HUB}/users/{{neighbour}}/server"),
    TokenAttack("start their own session anew", "POST", f"{_HUB}/users/{{me}}/server"),
    TokenAttack("start a second session", "POST", f"{_HUB}/users/{{me}}/servers/second"),
    TokenAttack("list the neighbour's tokens", "GET", f"{_HUB}/users/{{neighbour}}/tokens"),
    TokenAttack("get a token with more rights", "POST", f"{_HUB}/users/{{me}}/tokens", body="{}"),
    TokenAttack("make a user", "POST", f"{_HUB}/users/eve"),
    TokenAttack(
        "become an admin",
        "PATCH",
        f"{_HUB}/users/{{me}}",
        body='{"admin": true}',
    ),
    TokenAttack("see the groups", "GET", f"{_HUB}/groups"),
    TokenAttack("see the services", "GET", f"{_HUB}/services"),
    TokenAttack("see how the hub is set", "GET", f"{_HUB}/info"),
    TokenAttack("see the proxy's table", "GET", f"{_HUB}/proxy"),
    TokenAttack("move the proxy", "PATCH", f"{_HUB}/proxy", body='{"auth_token": "x"}'),
    TokenAttack("end the hub", "POST", f"{_HUB}/shutdown", body="{}"),
    TokenAttack(
        "share the neighbour's session",
        "POST",
        f"{_HUB}/shares/{{neighbour}}/",
        body='{"user": "mallory"}',
    ),
    TokenAttack("see the hub's metrics", "GET", "/hub/metrics"),
    TokenAttack(
        "report activity for the neighbour",
        "POST",
        f"{_HUB}/users/{{neighbour}}/activity",
        body='{"last_activity": "2030-01-01T00:00:00Z"}',
    ),
    TokenAttack(
        "use the neighbour's server",
        "GET",
        "/user/{neighbour}/api/contents",
        held_by="a server takes its own user's tokens alone",
    ),
    TokenAttack(
        "open a terminal on the neighbour's server",
        "POST",
        "/user/{neighbour}/api/terminals",
        held_by="a server takes its own user's tokens alone",
    ),
)

_STAFF_ALONE = "a session's token lacks the scope of course staff, also where its learner is of them"

COURSE_ATTACKS = (
    TokenAttack(
        "ask the course service with a forged token",
        "GET",
        f"{_COURSE}/me",
        token=FORGED,
        held_by="the hub says whose a token is",
    ),
    TokenAttack(
        "ask the course service with no token",
        "GET",
        f"{_COURSE}/me",
        token="",
        held_by="only a bearer token counts, never a cookie",
    ),
    TokenAttack(
        "read the neighbour's attempt",
        "GET",
        f"{_COURSE}/attempts/1",
        held_by="attempts are looked up by whose they are",
    ),
    TokenAttack(
        "read a solution before a pass",
        "GET",
        f"{_COURSE}/labs/lab1/solution",
        held_by="the solution leaves the service after a pass alone",
    ),
    *(
        TokenAttack(f"{what} as if of the course staff", method, f"{_COURSE}/{path}", held_by=_STAFF_ALONE)
        for what, method, path in (
            ("see how the class does", "GET", "course/progress"),
            ("get everybody's grades", "GET", "course/grades.csv"),
            ("get everybody's attempts", "GET", "course/attempts.csv"),
            ("see everybody's sessions", "GET", "sessions"),
            ("extend their own session", "POST", "sessions/{me}/extend"),
            ("extend everybody's session", "POST", "sessions/extend"),
            ("end the neighbour's session", "POST", "sessions/{neighbour}/end"),
            ("end everybody's session", "POST", "sessions/end"),
        )
    ),
    TokenAttack(
        "open the class's page with a token",
        "GET",
        "/services/course/class",
        statuses=(302, *REFUSED),
        held_by="pages take the hub's sign-in alone, and lead to it (302)",
    ),
    TokenAttack(
        "ask the hub with a forged token",
        "GET",
        f"{_HUB}/user",
        token=FORGED,
        held_by="the hub keeps tokens hashed, and compares",
    ),
)

TOKEN_ATTACKS = (*HUB_ATTACKS, *COURSE_ATTACKS)
