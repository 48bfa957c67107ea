"""What a browser would make of a piece of a page, for tests that nothing in it can act."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</pre></details><iframe src=javascript:alert(1)>",
    "<!--",
    "]]><style>*{display:none}</style>",
    "\x1b]8;;javascript:alert(1)\x07<b>link</b>\x1b]8;;\x07",
    "\x1b[31m<a href=x>red</a>\x1b[0m",
    "\x00<\x00i\x00m\x00g src=x onerror=alert(1)>",
    "\x9b31m<u>c1</u>",
    "\u202e<txet>\u2066",
    "\ud800<lone surrogate>",
    "<" * 5000,
]
# ruff: noqa: SIM905 - a list of tags reads better as words
PANEL = frozenset("b code details div kbd li p pre section span summary ul".split())
PROSE = frozenset(
    "a blockquote br code del div em h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul".split()
)
_ATTRIBUTES = {"class", "role", "style", "tabindex"}
_ATTRIBUTES_OF = {"a": {"href", "target", "rel"}, "ol": {"start"}}
_VOID = {"br", "hr"}
_HARMLESS = re.compile(r"(?:https?://|mailto:|#)[^\s\x00-\x1f\x7f-\x9f]*$", re.IGNORECASE)


class _Tags(HTMLParser):
    """Collects the text, and whatever is odd."""

    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__()
        self.allowed = allowed
        self.odd: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs if not name.startswith("aria-")}
        if tag not in self.allowed or names - _ATTRIBUTES - _ATTRIBUTES_OF.get(tag, set()):
            self.odd.append(f"{tag} {attrs}")
        for link in (value or "" for name, value in attrs if name == "href"):
            self.links.append(link)
            if not _HARMLESS.match(link):
                self.odd.append(f"link to {link!r}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.odd.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.odd.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.odd.append(f"declaration {decl}")


def _read(html: str, allowed: frozenset[str]) -> _Tags:
    tags = _Tags(allowed)
    tags.feed(html)
    tags.close()
    assert tags.odd == []
    assert tags.open == []
    html.encode()  # a lone surrogate could not be sent to the browser
    return tags


def text_of(html: str, allowed: frozenset[str] = PANEL) -> str:
    """The text of a page's piece, once it is sure that it is well-formed and inert."""
    return _read(html, allowed).text


def links_of(html: str, allowed: frozenset[str] = PANEL | PROSE) -> list[str]:
    """Where its links lead, after the same."""
    return _read(html, allowed).links
