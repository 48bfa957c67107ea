"""Markdown that nobody vouches for, as HTML that a page may put in place.

The parser only says what is where. Every tag is written here, from a short list, and all text goes through
`esc`, so whatever the parser makes of its input, the worst that a page can get is other words. Raw HTML is
shown as the text it is; pictures as their description; a link only where it leads to a place on the list.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import mistune

from judge_extension.widgets.rendering import esc

MOST_CHARACTERS = 20_000
MOST_EMPHASIS_MARKS = 2_000  # the parser's time grows with their square, to many seconds; prose has few
MOST_HTML_CHARACTERS = 400_000  # a long address can be defined once and used a thousand times
_MOST_ADDRESS_CHARACTERS = 2_000
_LEADS_SOMEWHERE_KNOWN = re.compile(r"(?:https?://[^/\\]|mailto:.|#)", re.IGNORECASE)
_AROUND = {
    "paragraph": ("<p>", "</p>"),
    "block_quote": ("<blockquote>", "</blockquote>"),
    "block_code": ('<pre class="cl-code" tabindex="0"><code>', "</code></pre>"),
    "block_html": ("<p>", "</p>"),
    "list_item": ("<li>", "</li>"),
    "thematic_break": ("<hr>", ""),
    "linebreak": ("<br>", ""),
    "softbreak": ("\n", ""),
    "codespan": ("<code>", "</code>"),
    "emphasis": ("<em>", "</em>"),
    "strong": ("<strong>", "</strong>"),
    "strikethrough": ("<del>", "</del>"),
    "table": ('<div class="cl-table"><table>', "</table></div>"),
    "table_head": ("<thead><tr>", "</tr></thead>"),
    "table_body": ("<tbody>", "</tbody>"),
    "table_row": ("<tr>", "</tr>"),
}
_NOTHING_AROUND = (
    "",
    "",
)  # raw HTML in a line, a picture, and whatever a later parser may know: the words in it
_parse = mistune.create_markdown(renderer=None, plugins=["table", "strikethrough"])

Token = dict[str, Any]


def render_markdown(text: str, *, has_links: bool = True) -> str:
    """`text` as HTML of known tags; as plain text where that would take too long or grow too large.

    Without links, each is its words and its address, as text: for what an AI has written.
    """
    cut = len(text) - MOST_CHARACTERS
    shown = f"{text[:MOST_CHARACTERS]}\n\n… ({cut} more characters)" if cut > 0 else text
    return f'<div class="cl-prose">{_parse_and_render(shown, has_links) or _plain(shown)}</div>'


def _parse_and_render(text: str, has_links: bool) -> str | None:
    """None where `text` is not what a person would write."""
    if text.count("*") + text.count("_") > MOST_EMPHASIS_MARKS:
        return None
    try:
        tokens = _parse(text)
        page = "" if isinstance(tokens, str) else _render(tokens, has_links)
    except RecursionError:
        return None
    return page if len(page) <= MOST_HTML_CHARACTERS else None


def _render(tokens: Iterable[Token], has_links: bool) -> str:
    return "".join(_render_token(token, has_links) for token in tokens)


def _render_token(token: Token, has_links: bool) -> str:
    attributes: Token = token.get("attrs", {})
    inside = _render(token["children"], has_links) if "children" in token else _words(token)
    match token["type"]:
        case "link":
            address = str(attributes.get("url", ""))
            return _link(address, inside) if has_links else _address(address, inside)
        case "heading":
            level = min(int(attributes["level"]) + 2, 6)  # the page has headings of its own above
            return f"<h{level}>{inside}</h{level}>"
        case "list":
            return _list(attributes, inside)
        case "table_cell":
            cell = "th" if attributes.get("head") else "td"
            return f"<{cell}>{inside}</{cell}>"
        case kind:
            before, after = _AROUND.get(kind, _NOTHING_AROUND)
            return f"{before}{inside}{after}"


def _words(token: Token) -> str:
    raw = str(token.get("raw", ""))
    return _text(html.unescape(raw) if token["type"] == "text" else raw)


def _link(address: str, inside: str) -> str:
    # Matched from its first character, as it is written below: nothing that a browser passes over, such as a
    # line break in "java\nscript:", can then make another scheme of it.
    if len(address) > _MOST_ADDRESS_CHARACTERS or not _LEADS_SOMEWHERE_KNOWN.match(address):
        return inside
    elsewhere = "" if address.startswith("#") else ' target="_blank" rel="noopener noreferrer"'
    return f'<a href="{_text(address)}"{elsewhere}>{inside}</a>'


def _address(address: str, inside: str) -> str:
    shown = _text(address[:_MOST_ADDRESS_CHARACTERS])
    return inside if inside == shown else f"{inside} ({shown})"


def _list(attributes: Token, inside: str) -> str:
    if not attributes.get("ordered"):
        return f"<ul>{inside}</ul>"
    return f'<ol start="{int(attributes.get("start", 1))}">{inside}</ol>'


def _plain(text: str) -> str:
    if not text.strip():
        return ""
    return f'<pre class="cl-code" tabindex="0">{_text(text)}</pre>'


def _text(text: str) -> str:
    return esc(text, most=2 * MOST_CHARACTERS)  # all of it: the whole was cut to size before
