"""Markdown becomes HTML of known tags, whoever wrote it."""

from __future__ import annotations

import json
import random
import time

import pytest
from playwright.sync_api import Browser

from judge_extension.widgets.markdown import MOST_CHARACTERS, MOST_HTML_CHARACTERS, render_markdown

from .inert_page import HOSTILE, PROSE, links_of, text_of

HOSTILE_MARKDOWN = [
    *HOSTILE,
    "a <script>alert(1)</script> b",
    "<SCRIPT\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "- > <img src=x onerror=alert(1)>\n  > # <svg/onload=alert(1)>",
    "<div>\n<p>\n<b onclick=alert(1)>text",
    "<![CDATA[ <img src=x onerror=alert(1)> ]]>",
    "<?php <img src=x onerror=alert(1)> ?>",
    "<!DOCTYPE x><!-- a --><base href=//evil>",
    "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;alert(1)&#x3c;/script&#x3e;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
    "\\<img src=x onerror=alert(1)\\>",
    "`<img src=x onerror=alert(1)>` ``` `<script>` ```",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><img/src=x/onerror=alert(1)>\ncode\n```',
    "    </code></pre><script>alert(1)</script>",
    "# </h3><script>alert(1)</script> {onclick=alert(1)}",
    "| <img src=x onerror=alert(1)> | b |\n|:--|--:|\n| </td></table><script>alert(1)</script> | `|` |",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](  javascript:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](<java\nscript:alert(1)>)",
    "[a](\x01javascript:alert(1))",
    "[a](\u00a0javascript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](&#x6A&#x61;vascript&colon;alert(1))",
    "[a](java&Tab;script&NewLine;:alert(1))",
    "[a](javascript&amp;colon;alert(1))",
    "[a](%6aavascript:alert(1))",
    "[a](\\javascript:alert(1))",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](DATA:text/html,<script>alert(1)</script>)",
    "[a](file:///etc/passwd) [b](blob:x) [c](view-source:x) [d](feed:javascript:alert(1))",
    "[a](//evil.example/x) [b](/hub/logout) [c](../x) [d](?x) [e]() [f](https:evil) [g](https:///x)",
    "[a](https://x\"onmouseover=alert(1)//) [b](https://x'onmouseover='alert(1))",
    '[a](https://x "t\\" onmouseover=alert(1)//") [b](https://x \'"><img src=x onerror=alert(1)>\')',
    "[a](https://x/<script>alert(1)</script>) [b](<https://x/> onclick=alert(1)>)",
    "[<img src=x onerror=alert(1)>](https://x) [[a](javascript:alert(1))](https://x)",
    '[a](#"onclick=alert(1)) [b](mailto:x@x?body=<script>&cc=\'")',
    '<javascript:alert(1)> <https://x/"onclick=alert(1)> <data:text/html,x>',
    "[a]\n\n[a]: javascript:alert(1)",
    "[a][b]\n\n[b]: <JAVASCRIPT&colon;alert(1)> '\"onclick=alert(1)'",
    '![a](https://x/x.png) ![<b>](javascript:alert(1)) ![x" onerror=alert(1)](x)',
    "[![a](javascript:alert(1))](javascript:alert(1))",
    "![a][b]\n\n[b]: https://x/pixel.png",
    "99999999999999999999. a\n\n1234567890) b\n\n-1. c",
    "a\u2028[b](java\u2028script:alert(1)) c\u200b[d](java\u200bscript:alert(1))",
]
ENDLESS = {
    "brackets": "[",
    "openings": "[](",
    "emphasis": "*a _b ",
    "unclosed emphasis": "**a *b",
    "quotes": "> ",
    "pictures": "![",
    "tags": "<a ",
    "comments": "<!--",
    "entities": "&#x",
    "backslashes": "\\",
    "lists": "- ",
    "cells": "a|",
    "rows": "|a|b|\n|-|-|\n",
    "fences": "```\n",
    "ticks": "`a``b",
    "references": "[a]: b\n",
    "addresses": "<http:",
    "spaces": " ",
    "nothing": "\x00",
}
WORST = {
    "just not too much emphasis": "*a " * 999 + " b*" * 999,
    "emphasis in emphasis": "*a " * (MOST_CHARACTERS // 6) + " b*" * (MOST_CHARACTERS // 6),
    "a wide table": "a|" * 2500 + "\n" + "-|" * 2500 + "\n" + "a|\n" * 3000,
    "deep lists": "".join("  " * depth + "- a\n" for depth in range(140)),
    "one address, many links": f"[a]: https://x/{'y' * 1900}\n\n" + "[a]\n" * 4000,
    "links in links": "[" * 1500 + "a" + "](b)" * 1500,
    "ticks of all lengths": "".join("`" * length + "a" for length in range(1, 190)),
}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "plain *em* **strong** ~~gone~~ `a < b`",
            "<p>plain <em>em</em> <strong>strong</strong> <del>gone</del> <code>a &lt; b</code></p>",
        ),
        ("# One\n\n###### Six", "<h3>One</h3><h6>Six</h6>"),
        ("- a\n- b\n  1. c", '<ul><li>a</li><li>b<ol start="1"><li>c</li></ol></li></ul>'),
        (
            "```Dockerfile\nRUN a && b\n```",
            '<pre class="cl-code" tabindex="0"><code>RUN a &amp;&amp; b\n</code></pre>',
        ),
        (
            "| a |\n|---|\n| 1 |",
            '<div class="cl-table"><table><thead><tr><th>a</th></tr></thead>'
            "<tbody><tr><td>1</td></tr></tbody></table></div>",
        ),
        ("> a\n\n***", "<blockquote><p>a</p></blockquote><hr>"),
        ("a  \nb\nc", "<p>a<br>b\nc</p>"),
        ("AT&amp;T &copy; &lt;name&gt; <name>", "<p>AT&amp;T © &lt;name&gt; &lt;name&gt;</p>"),
        ("![A diagram](https://x/y.png)", "<p>A diagram</p>"),
        (
            "[a](https://x.org/?a=1&b=2#c)",
            '<p><a href="https://x.org/?a=1&amp;b=2#c" target="_blank" rel="noopener noreferrer">a</a></p>',
        ),
        ("[a](#part)", '<p><a href="#part">a</a></p>'),
        ("[a](other.md)", "<p>a</p>"),
        ("&amp;lt;b&amp;gt;", "<p>&amp;lt;b&amp;gt;</p>"),
        ("", ""),
    ],
)
def test_markdown_reads_as_usual(text: str, html: str) -> None:
    assert render_markdown(text) == f'<div class="cl-prose">{html}</div>'


@pytest.mark.parametrize("hostile", HOSTILE_MARKDOWN, ids=lambda text: ascii(text[:60]))
def test_no_tag_is_the_inputs_own(hostile: str) -> None:
    text_of(render_markdown(hostile), PROSE)
    for wrapped in (
        f"- {hostile}",
        f"> # {hostile}",
        f"**{hostile}**",
        f"[{hostile}](https://x)",
        f"|{hostile}|\n|-|",
    ):
        text_of(render_markdown(wrapped), PROSE)


@pytest.mark.parametrize("address", ["https://x.org/a", "HTTP://x", "mailto:a@x.org", "#here"])
def test_links_lead_to_what_is_on_the_list(address: str) -> None:
    assert links_of(render_markdown(f"[a]({address})")) == [address]


@pytest.mark.parametrize("piece", ENDLESS.values(), ids=ENDLESS)
def test_the_same_without_end_is_bounded(piece: str) -> None:
    _renders_soon(piece * (200_000 // len(piece)))


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_parsers_worst_is_bounded(text: str) -> None:
    _renders_soon(text)


def _renders_soon(text: str) -> None:
    started = time.process_time()
    page = render_markdown(text)
    assert time.process_time() - started < 5
    assert len(page) <= MOST_HTML_CHARACTERS + 100
    text_of(page, PROSE)


def test_what_is_too_long_says_so() -> None:
    text = text_of(render_markdown("word " * 10_000), PROSE)
    assert "(30000 more characters)" in text
    assert len(text) < MOST_CHARACTERS + 100


def test_what_is_too_deep_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(_text: str) -> list[object]:
        raise RecursionError

    monkeypatch.setattr("judge_extension.widgets.markdown._parse", too_deep)
    assert text_of(render_markdown("*a* <b>"), PROSE) == "*a* <b>"


def test_no_mixture_makes_a_tag_of_its_own() -> None:
    pieces = [
        *"<>[]()!\"'`*_~#|-&;:\\/ \n\t",
        "javascript:",
        "https://",
        "<b ",
        "onclick=",
        "&#x3c;",
        "&lt;",
        "\n\n",
        "a",
    ]
    chance = random.Random(3)
    for _ in range(3000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 40)))
        text_of(render_markdown(text), PROSE)


@pytest.mark.end_to_end
def test_a_real_browser_finds_nothing_that_acts(browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
    page.set_content('<div id="place"></div>')
    for hostile in HOSTILE_MARKDOWN:
        found = page.evaluate(
            """html => {
                place.innerHTML = html;
                const all = [...place.querySelectorAll('*')];
                return {tags: all.map(one => one.localName),
                        attributes: all.flatMap(one => one.getAttributeNames()),
                        schemes: all.filter(one => one.localName == 'a').map(one => one.protocol)};
            }""",
            render_markdown(hostile),
        )
        assert set(found["tags"]) <= PROSE, hostile
        assert set(found["attributes"]) <= {"class", "tabindex", "href", "target", "rel", "start"}, hostile
        assert set(found["schemes"]) <= {"http:", "https:", "mailto:", "about:"}, json.dumps(hostile)
    page.wait_for_load_state("networkidle")
    assert asked == []
    page.close()
