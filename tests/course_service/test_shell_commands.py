"""A shell's text as its simple commands."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_service.shell_commands import ShellCommand, split_shell, split_words


def argvs(text: str) -> list[str]:
    return [" ".join(command.argv) for command in split_shell(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("pip install x", ["pip install x"]),
        ("a && b || c; d | e & f", ["a", "b", "c", "d", "e", "f"]),
        ("a\nb\n\nc", ["a", "b", "c"]),
        ("a&&b;c|d", ["a", "b", "c", "d"]),
        ("a \\\n  b", ["a b"]),
        pytest.param("pip inst\\\nall x", ["pip install x"], id="continued inside a word"),
        pytest.param("# pip install x", [], id="commented out"),
        pytest.param("a # b && c", ["a"], id="comment to the end of the line"),
        pytest.param("a # it's\nb", ["a", "b"], id="apostrophe in a comment"),
        pytest.param("a b#c", ["a b#c"], id="hash inside a word"),
        pytest.param("echo '# x' && b", ["echo # x", "b"], id="quoted hash"),
        pytest.param('echo "&&" pip install', ["echo && pip install"], id="quoted separator"),
        pytest.param("echo a\\;b", ["echo a;b"], id="escaped separator"),
        pytest.param("echo 'a\nb' c", ["echo a\nb c"], id="quote over two lines"),
        pytest.param('a "b\\"c" d', ['a b"c d'], id="quote in a quote"),
        pytest.param('echo "never closed && b', ["echo never closed && b"], id="open double quote"),
        pytest.param("echo 'never closed && b", ["echo never closed && b"], id="open single quote"),
        ("a > /dev/null 2>&1 b", ["a b"]),
        ("a 2> log b <in >>out", ["a b"]),
        ("a &> log; b 3", ["a", "b 3"]),
        ("(a; b) && { c; }", ["a", "b", "c", "}"]),
        ("a $(b; c) d", ["a $(b; c) d"]),
        ('a "$(b "c d")" `e; f`', ['a $(b "c d") `e; f`']),
        ("a ${B:-c d} e", ["a ${B:-c d} e"]),
        ("a $(b", ["a $(b"]),
        ("if [ -f x ]; then a; elif b; then c; else d; fi", ["[ -f x ]", "a", "b", "c", "d", "fi"]),
        ("for f in x; do a $f; done", ["for f in x", "a $f", "done"]),
        ("while ! a; do b; done", ["a", "b", "done"]),
        ("sh -c 'a && b'", ["a", "b"]),
        ('/bin/bash -euo pipefail -c "a; b"', ["a", "b"]),
        ("bash -lc a", ["a"]),
        ("su app -c 'a b'", ["a b"]),
        ("sh -c", ["sh -c"]),
        ("sh install.sh", ["sh install.sh"]),
        ("sudo -H a", ["a"]),
        ("sudo -u app a", ["a"]),
        ("env -i A=1 a", ["a"]),
        ("timeout -k 5 60 a b", ["a b"]),
        ("nice -n 10 nohup a", ["a"]),
        ("exec a", ["a"]),
        pytest.param("cat <<X > f\na\nX\nb", ["cat", "b"], id="here-document"),
        pytest.param("cat <<-'X'\n\ta\n\tX\nb", ["cat", "b"], id="here-document with tabs"),
        pytest.param("cat <<X <<Y\na\nX\nb\nY\nc", ["cat", "c"], id="two here-documents"),
        pytest.param("cat <<< 'a b' c", ["cat c"], id="here-string"),
        pytest.param("cat <<X\na", ["cat"], id="here-document without end"),
        ("a\r\nb\r\n", ["a", "b"]),
    ],
)
def test_a_shells_text_is_its_commands(text, expected):
    assert argvs(text) == expected


@pytest.mark.parametrize(
    ("text", "assignments"),
    [
        ("a", {}),
        ("X=1 Y='2 3' a", {"X": "1", "Y": "2 3"}),
        ("X= a", {"X": ""}),
        ("env X=1 a", {"X": "1"}),
        ("X=1 sh -c 'Y=2 a'", {"X": "1", "Y": "2"}),
        ("X=1; a", {}),
    ],
)
def test_what_is_assigned_before_a_command_is_its_own(text, assignments):
    assert split_shell(text) == (ShellCommand(assignments, ("a",)),)


def test_the_program_is_named_without_its_folder():
    assert split_shell("/opt/venv/bin/pip install")[0].program == "pip"


def test_the_words_of_the_json_form_are_no_shells_text():
    assert split_words(["echo", "a && b"]) == (ShellCommand({}, ("echo", "a && b")),)


def test_a_shell_in_the_json_form_is_told_what_to_run():
    assert [one.argv for one in split_words(["/bin/sh", "-ec", "a && b"])] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bash", True), ("bash -eu", True), ("bash -euo pipefail", True), ("bash x.sh", False), ("cat", False)],
)
def test_a_shell_without_a_script_reads_its_input(text, expected):
    assert split_shell(text)[0].is_shell_on_input is expected


@given(st.text(alphabet="ab \n\t\r'\"\\$`(){}<>|&;#=-c", max_size=60))
def test_no_text_is_refused(text):
    split_shell(text)


@pytest.mark.parametrize(
    "part",
    ["'", '"', "$(", "${", "`", "\\", "<<A ", "a;", "sh -c ", "((", "sudo ", "A=", "#\n", "\\\n", '"$('],
)
def test_the_time_is_in_proportion_to_the_text(part):
    started = time.process_time()
    split_shell(part * (60_000 // len(part)))
    assert time.process_time() - started < 2
