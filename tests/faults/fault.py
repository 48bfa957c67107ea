"""What is killed, meanwhile what, and what must come of it; docs/operating.md's table is made of these."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "nothing"


@dataclass(frozen=True)
class Fault:
    """A row of the tables. `learner` is what they meet, `mended_by` who or what brings it back."""

    killed: str
    meanwhile: str
    learner: str
    mended_by: str
    lost: str = NOTHING
    """Beside what had not been saved."""


HUB = Fault(
    "hub",
    "a session works",
    "the session goes on; its page cannot be reached for some seconds, and connects again by itself",
    "`up` starts it again",
)
PROXY = Fault(
    "proxy",
    "a session works",
    "the session goes on; its page cannot be reached for some seconds, and connects again by itself",
    "the hub starts it again within 5 s",
)
SERVICE = Fault(
    "course service",
    "an attempt is judged",
    "the session goes on; the attempt is not graded and its sentence says so; Check works again",
    "the hub starts it again within 10 s",
    lost="the attempt's verdict",
)
EGRESS_PROXY = Fault(
    "egress proxy",
    "a session works",
    "the session goes on; a download breaks off, and works again",
    "`up` starts it again within 2 s",
)
UP = Fault(
    "containrlab up",
    "a session works",
    "nothing; the next start is as of the hub",
    "the operator: `make up` goes on with the sessions",
)
INNER_ENGINE = Fault(
    "inner engine",
    "a container runs in the session",
    "the session goes on; docker answers again within seconds",
    "the session starts it again",
    lost="running inner containers; they are there, stopped",
)
SESSION = Fault(
    "session container",
    "JupyterLab is open in a browser",
    "the page stops answering; a reload leads to the hub's page with Start again",
    "the hub removes what is left within 10 s; the learner starts again",
    lost="inner containers and images, as at each session's end",
)
WRITING = Fault(
    "session container",
    "a program writes and syncs",
    "as above",
    "as above",
    lost="nothing that was synced; inner containers and images",
)
STARTING = Fault(
    "hub",
    "a session starts",
    "the start breaks off, and is finished or can be tried again when the hub is back",
    "`up` starts it again",
)
ENGINE = Fault(
    "outer engine",
    "sessions work",
    "the session ends; Start again works when the engine is back",
    "`up`, or systemd, starts it again; the hub removes what is left",
    lost="inner containers and images, as at each session's end",
)
ALL = Fault(
    "outer engine, hub, course service",
    "sessions work",
    "the session ends; Start again works when all is back",
    "`up` starts them again",
    lost="inner containers and images, as at each session's end",
)
WAITING = Fault(
    "waiting session",
    "nobody has claimed it",
    "nothing; who comes before there is another gets a cold start",
    "the hub makes another within seconds",
)
FAULTS = (
    *(HUB, PROXY, SERVICE, EGRESS_PROXY, UP, INNER_ENGINE, SESSION, WRITING, STARTING, ENGINE, ALL),
    WAITING,
)
