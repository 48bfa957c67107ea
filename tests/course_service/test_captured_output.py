"""What a sandbox printed is bounded and safe to show."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from course_service.captured_output import LONGEST_LINE, CapturedOutput, clean_text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]0;never closed\nnext line", "\nnext line"),
        ("\x1bPq device string\x1b\\text", "text"),
        ("10%\r20%\r\ndone", "10%\n20%\ndone"),
        ("a\x00b\x07c\x7f\x9b", "abc"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),  # whoever makes HTML escapes it
        ("grüße 🐋", "grüße 🐋"),
    ],
)
def test_control_characters_and_escapes_are_stripped(raw, shown):
    assert clean_text(raw) == shown


def test_no_character_that_formats_or_controls_is_left_but_newline_and_tab():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = clean_text(every.replace("\x1b", ""))
    kinds = {unicodedata.category(character) for character in left if character not in "\n\t"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert {"\u00fc", "\U0001f40b"} <= set(left)


def test_invalid_utf8_is_shown_as_replacement_marks():
    output = CapturedOutput(100)
    output.add(b"ok \xff\xfe")
    assert output.text() == "ok \ufffd\ufffd"


def test_long_output_keeps_head_and_tail_and_says_how_much_is_missing():
    output = CapturedOutput(20)
    for _ in range(1000):
        output.add(b"middle")
    output.add(b"0123456789")
    assert output.truncated
    assert output.text() == "middlemidd\n[5990 bytes left out]\n0123456789"


def test_short_output_is_whole_whatever_pieces_it_came_in():
    output = CapturedOutput(100)
    for piece in (b"one\nt", b"", b"wo\n", b"three"):
        output.add(piece)
    assert output.text() == "one\ntwo\nthree"
    assert not output.truncated


def test_lines_are_handed_on_whole_as_they_come():
    seen = []
    output = CapturedOutput(10, seen.append)
    output.add(b"first\nsec")
    assert seen == ["first"]
    output.add(b"ond\n\x1b[1mthird")
    assert seen == ["first", "second"]
    output.end()
    assert seen == ["first", "second", "third"]


def test_an_endless_line_is_cut():
    seen = []
    output = CapturedOutput(10, seen.append)
    for _ in range(100):
        output.add(b"x" * 1000)
    output.add(b"\nnext\n")
    assert [len(line) for line in seen] == [LONGEST_LINE, 4]
