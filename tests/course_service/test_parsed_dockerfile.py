"""A Dockerfile's stages and instructions, as the engine takes them."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings

from course_service.parsed_dockerfile import (
    MOST_BYTES,
    MOST_STAGES,
    DockerfileUnreadable,
    Instruction,
    parse_dockerfile,
)

from .hostile_dockerfiles import HOSTILE_DOCKERFILES


def parse(text: str):
    return parse_dockerfile(text.encode())


def first(body: str) -> Instruction:
    return parse(f"FROM a\n{body}\n").final.instructions[0]


def last(body: str) -> Instruction:
    return parse(f"FROM a\n{body}\n").final.instructions[-1]


def commands(body: str) -> list[str]:
    return [" ".join(command.argv) for command in last(body).commands]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("RUN pip install x", ["pip install x"]),
        ("run pip install x", ["pip install x"]),
        ("RUN a \\\n  # a comment\n\n  b", ["a b"]),
        ("RUN a && \\\n    b", ["a", "b"]),
        ('RUN ["pip", "install", "x y"]', ["pip install x y"]),
        ('RUN ["/bin/sh", "-c", "a && b"]', ["a", "b"]),
        ('RUN ["bash", "-lc", "a"]', ["a"]),
        pytest.param("RUN ['pip', 'install']", ["[pip, install]"], id="single quotes are no JSON"),
        ("RUN <<EOF\na\nb\nEOF", ["a", "b"]),
        ("RUN <<-EOF\n\ta\n\tEOF", ["a"]),
        ("RUN <<'EOF'\na\nEOF", ["a"]),
        ("RUN <<EOF bash\na\nEOF", ["bash", "a"]),
        ("RUN bash -eu <<EOF\na\nEOF", ["bash -eu", "a"]),
        ("RUN <<EOF\n#!/bin/bash\na\nEOF", ["a"]),
        ("RUN <<EOF\n#!/usr/bin/env bash\na\nEOF", ["a"]),
        pytest.param("RUN <<EOF\n#!/usr/bin/env python3\npip\nEOF", [], id="a script of another language"),
        pytest.param("RUN python3 <<EOF\npip\nEOF", ["python3"], id="input of another program"),
        pytest.param("RUN <<EOF python3\npip\nEOF", ["python3"], id="the same, said last"),
        pytest.param("RUN cat <<A && b <<B\npip\nA\npip\nB", ["cat", "b"], id="two heredocs"),
        pytest.param("RUN a <<EOF && b\npip\nEOF", ["a", "b"], id="the line goes on"),
        ("RUN --mount=type=cache,target=/x --network=none a", ["a"]),
        ("RUN <<EOF\r\na\r\nEOF", ["a"]),
        ("CMD a", []),
        ("RUN", []),
        ("RUN []", []),
        ("RUN --mount=type=cache", []),
        pytest.param("ONBUILD RUN a", [], id="runs in another build"),
        ("ENV F=x.txt\nRUN a $F ${F}", ["a x.txt x.txt"]),
        ("ENV F=x.txt\nRUN <<EOF\na $F\nEOF", ["a x.txt"]),
        ("RUN a $UNKNOWN", ["a $UNKNOWN"]),
    ],
)
def test_a_run_is_its_commands(body, expected):
    assert commands(body) == expected


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("COPY a b", ("a", "b")),
        ("copy a b c/", ("a", "b", "c/")),
        ('COPY ["a b", "c d"]', ("a b", "c d")),
        ("COPY \"a\" 'b'", ("a", "b")),
        ("COPY --link --chown=1:2 a b", ("a", "b")),
        ("ADD https://example.org/x /x", ("https://example.org/x", "/x")),
        ("ADD git@example.org:a/b.git /x", ("git@example.org:a/b.git", "/x")),
        ("COPY <<EOF /a\nhi\nEOF", ("<<EOF", "/a")),
        ("ARG X=app.py\nCOPY $X .", ("app.py", ".")),
        ("ARG X\nCOPY ${X:-app.py} .", ("app.py", ".")),
        ("ENV X app.py\nCOPY $X .", ("app.py", ".")),
        ('ENV X="app.py" Y=z\nCOPY $X $Y', ("app.py", "z")),
        ("ENV X=1\nENV X=2 Y=$X\nCOPY $X $Y", ("2", "1")),
        ("ENV X=1\nARG X=2\nCOPY $X .", ("1", ".")),
        ("COPY $X .\nARG X=1", ("X=1",)),
        ("ENV PATH=/x:$PATH\nCOPY $PATH .", ("/x:$PATH", ".")),
    ],
)
def test_arguments_have_their_variables_filled_in(body, arguments):
    assert last(body).arguments == arguments


def test_flags_are_known_by_name():
    copy = first("COPY --from=one --exclude=*.md --exclude=*.txt --link a b")
    assert copy.flag("from") == "one"
    assert copy.flag_values("exclude") == ["*.md", "*.txt"]
    assert copy.flag("chown") is None


@pytest.mark.parametrize(
    ("body", "sources"),
    [
        ("COPY a b", ()),
        ("COPY --from=one a b", ("one",)),
        ('COPY --from="one" a b', ("one",)),
        ("RUN --mount=type=bind,from=one,target=/x a", ("one",)),
        ("RUN --mount=type=bind,source=a,target=/x --mount=from=two,target=/y a", ("two",)),
        ("RUN --mount=type=secret,id=x a", ()),
    ],
)
def test_sources_are_the_images_and_stages_that_files_come_from(body, sources):
    assert first(body).sources == sources


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM a\nRUN b", 2),
        ("# one\n\nFROM a\n# two\n\nRUN b \\\n  c", 6),
        ("FROM a\nCOPY <<EOF /x\n1\n2\nEOF\nRUN b", 6),
        ("\ufeffFROM a\r\nRUN b\r\n", 2),
        ("# syntax=x\n# escape=`\nFROM a\nRUN b `\n  c", 4),
    ],
)
def test_the_last_instruction_says_where_it_begins(text, line):
    assert parse(text).final.instructions[-1].line == line


@pytest.mark.parametrize(
    "text",
    [
        "# escape=`\nFROM a\nRUN b `\n  c",
        "FROM a\nRUN b \\\n  c",
        "FROM a\r\nRUN b \\\r\n  c\r\n",
        "\ufeffFROM a\nRUN b c",
        "from a\nrun b c",
        pytest.param("FROM a\n# \0\nRUN b c", id="NUL, behind which the engine reads on"),
        pytest.param("FROM a\n# \xff\nRUN b c", id="not ASCII"),
    ],
)
def test_ways_to_write_one_command(text):
    assert [one.argv for one in parse(text).final.instructions[-1].commands] == [("b", "c")]


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("FROM a", [("a", None, 1)]),
        (
            "FROM a AS b\nFROM b\nFROM scratch as Final",
            [("a", "b", 1), ("b", None, 2), ("scratch", "Final", 3)],
        ),
        ("FROM --platform=$BUILDPLATFORM a AS b", [("a", "b", 1)]),
        ("ARG V=1\nARG I=x:$V\nFROM $I", [("x:1", None, 3)]),
        ("FROM x:${V:-2}", [("x:2", None, 1)]),
        ("ARG V=1\nFROM a\nARG V=2\nFROM x:$V", [("a", None, 2), ("x:1", None, 4)]),
        ('FROM "a"', [("a", None, 1)]),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF", [("a", None, 1)]),
    ],
)
def test_stages_begin_with_from(text, stages):
    assert [(one.base, one.alias, one.line) for one in parse(text).stages] == stages


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("ARG V=1\nFROM a\nARG V\nUSER $V", "1"),
        ("ARG V=1\nFROM a\nARG V=2\nUSER $V", "2"),
        ("ARG V=1\nFROM a\nUSER $V", "$V"),
        ("FROM a AS b\nENV V=1\nFROM B\nUSER $V", "1"),
        ("FROM a AS b\nARG V=1\nFROM b\nUSER $V", "1"),
        ("FROM a AS b\nENV V=1\nFROM a\nUSER $V", "$V"),
        ("FROM a AS b\nFROM b\nENV V=1\nFROM b\nUSER $V", "$V"),
    ],
)
def test_a_variable_holds_in_its_stage_and_those_built_on_it(text, argument):
    assert parse(text).final.instructions[-1].arguments == (argument,)


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("one", 0),
        ("ONE", 0),
        ("0", 0),
        ("1", 1),
        ("2", None),
        ("python:3", None),
        ("", None),
        ("²", None),
        ("9" * 5000, None),
    ],
)
def test_a_stage_is_found_by_name_or_number(reference, number):
    parsed = parse("FROM a AS One\nFROM b\nFROM c AS last")
    found = parsed.find_stage(reference, parsed.final)
    assert (found and found.number) == number


def test_of_two_stages_with_one_name_the_nearer_is_meant():
    parsed = parse("FROM a AS x\nFROM b AS x\nFROM c")
    assert parsed.find_stage("x", parsed.final).number == 1
    assert parsed.find_stage("x", parsed.stages[1]).number == 0


def test_from_knows_no_numbers():
    parsed = parse("FROM a\nRUN x\nFROM 0")
    assert parsed.base_stage(parsed.final) is None


def test_the_lineage_of_a_stage_begins_where_its_image_does():
    parsed = parse("FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM one AS three\nRUN 3\nFROM three\nRUN 4")
    assert [one.arguments[0] for one in parsed.lineage(parsed.final)] == ["1", "3", "4"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("FROM a", [0]),
        ("FROM a\nFROM b", [1]),
        ("FROM a AS x\nFROM b AS y\nFROM x", [0, 2]),
        ("FROM a AS x\nFROM b\nCOPY --from=x a b", [0, 1]),
        ("FROM a\nFROM b\nCOPY --from=0 a b", [0, 1]),
        ("FROM a AS x\nFROM x AS y\nFROM b\nRUN --mount=from=y,target=/y c", [0, 1, 2]),
        ("FROM a AS x\nFROM b\nCOPY --from=nginx a b", [1]),
    ],
)
def test_only_the_stages_that_the_image_is_made_of_are_needed(text, numbers):
    assert [one.number for one in parse(text).needed] == numbers


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"# only a comment\n",
        b"ARG A=1\n",
        b"RUN x\n",
        b"FROM a\nENV A\n",
        b"FROM a\nRUN <<EOF\nx\n",
        b"FROM a\nRUN " + b"x" * MOST_BYTES,
        b"FROM a\n" * (MOST_STAGES + 1),
        b"FROM a\nENV A=xxxxxxxx\n" + b"ENV A=$A$A\n" * 60,
    ],
)
def test_what_is_no_dockerfile_is_unreadable(content):
    with pytest.raises(DockerfileUnreadable):
        parse_dockerfile(content)


@settings(max_examples=300, deadline=None)
@given(HOSTILE_DOCKERFILES)
@example(b"FROM a\nFROM")
@example(b"\\")
@example(b"FROM\nCOPY --from= \nRUN --mount=,,=\n")
@example(b"FROM a\nENV\nARG\nCOPY\nUSER\nONBUILD\nHEALTHCHECK NONE\n")
def test_any_bytes_are_read_or_unreadable(content):
    try:
        parsed = parse_dockerfile(content)
    except DockerfileUnreadable:
        return
    assert parsed.needed
    for stage in parsed.stages:
        for instruction in parsed.lineage(stage):
            assert isinstance(instruction.commands, tuple)
            assert isinstance(instruction.sources, tuple)


@pytest.mark.parametrize(
    "content",
    [
        "FROM a\nRUN " + "x\\\n" * 20_000,
        "FROM a\nRUN " + "<<A " * 15_000,
        "FROM a\n" + "ENV A=$A$A\n" * 5000,
        "FROM a\n" + "".join(f"ENV A{n}=1\n" for n in range(5000)),
        "FROM a AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nRUN x\n" for n in range(MOST_STAGES - 1)),
        "FROM a AS s\n" + "FROM s AS s\nCOPY --from=s a b\n" * (MOST_STAGES - 1),
        "FROM a\nRUN " + "${a-" * 15_000,
        "FROM a\nUSER " + "a" * 60_000,
    ],
    ids=lambda content: content[7:27],
)
def test_the_time_is_bounded(content):
    started = time.process_time()
    try:
        parsed = parse(content)
    except DockerfileUnreadable:
        parsed = None
    for stage in parsed.stages if parsed else ():
        assert parsed.lineage(stage) is not None
        assert parsed.needed
    assert time.process_time() - started < 3
