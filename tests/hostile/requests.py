"""Rows that lie about who asks, or ask for what is not there."""

from __future__ import annotations

from .row import RequestRow

REFUSED = (403, "not_allowed")
NO_LAB = (404, "lab_not_found")
_ROW = 25
_COOKIE = {"Cookie": "jupyterhub-services=alice-token; token=alice-token"}
_FORWARDED = {"X-Forwarded-User": "alice", "Remote-User": "alice", "X-JupyterHub-User": "alice"}
SLUGS = (
    "lab99",
    "..%2Flab1",
    "lab1%00",
    "lab1;id",
    "$(id)",
    "-lab1",
    "LAB1",
    "lab1%0a",
    "%3Cscript%3E",
    "%E2%80%AElab1",
)

REQUESTS = (
    RequestRow("no token", _ROW, *REFUSED, token=""),
    RequestRow("a token that the hub does not know", _ROW, *REFUSED, token="forged-token"),
    RequestRow("a token without the scope", _ROW, *REFUSED, token="no-scope-token"),
    RequestRow("another service's token", _ROW, *REFUSED, token="service-token"),
    RequestRow("a token in the address", _ROW, *REFUSED, path="api/judge/lab1?token=alice-token", token=""),
    RequestRow("a token in a cookie", _ROW, *REFUSED, token="", headers=_COOKIE),
    RequestRow("a user in forwarded headers", _ROW, *REFUSED, token="", headers=_FORWARDED),
    RequestRow(
        "a session's number in place of a token", _ROW, *REFUSED, path="api/judge/lab1?session=1", token=""
    ),
    RequestRow(
        "a body that says it is zipped", 4, 400, "submission_rejected", headers={"Content-Encoding": "gzip"}
    ),
    *(RequestRow(f"lab {slug}", 28, *NO_LAB, path=f"api/judge/{slug}") for slug in SLUGS),
    *(RequestRow(f"files of lab {slug}", 28, *NO_LAB, "GET", f"api/labs/{slug}/files") for slug in SLUGS[:4]),
)
