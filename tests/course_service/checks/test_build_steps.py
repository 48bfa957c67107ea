"""What BuildKit's plain progress says of each step, in lines as it prints them."""

from __future__ import annotations

import time

import pytest

from course_service.captured_output import CapturedOutput
from course_service.checks.build_steps import BuildSteps
from course_service.parsed_dockerfile import parse_dockerfile


def reused(dockerfile: str, *lines: str) -> dict[int, bool | None]:
    """By line of the RUN, COPY or WORKDIR."""
    parsed = parse_dockerfile(dockerfile.encode())
    steps = BuildSteps()
    output = CapturedOutput(1000, steps.take_line)
    output.add("".join(f"{line}\n" for line in lines).encode())
    output.end()
    instructions = [one for stage in parsed.stages for one in stage.instructions]
    return {
        one.line: steps.was_reused(parsed, one)
        for one in instructions
        if one.name in ("RUN", "COPY", "WORKDIR")
    }


FROM = "[1/4] FROM docker.io/library/a:1@sha256:01"


@pytest.mark.parametrize(
    ("dockerfile", "lines", "expected"),
    [
        pytest.param(
            "FROM a:1\nWORKDIR /x\nENV A=1\nCOPY a b\nRUN c\n",
            [
                f"#4 {FROM}",
                "#5 [2/4] WORKDIR /x",
                "#5 CACHED",
                "#6 [3/4] COPY a b",
                "#6 DONE 0.1s",
                "#7 [4/4] RUN c",
                "#7 0.1 hi",
            ],
            {2: True, 4: False, 5: False},
            id="a single stage",
        ),
        pytest.param(
            "FROM a:1\nRUN --mount=type=bind,target=/x b\n",
            ["#5 [stage-0 1/2] FROM docker.io/library/a:1", "#6 [stage-0 2/2] RUN --mount=x b", "#6 CACHED"],
            {2: True},
            id="a single stage that the engine gives a number",
        ),
        pytest.param(
            "FROM a AS Builder\nRUN b\nFROM a\nCOPY --from=builder b c\nRUN d\n",
            [
                "#5 [builder 2/2] RUN b",
                "#5 CACHED",
                "#6 [stage-1 2/3] COPY --from=builder b c",
                "#7 [stage-1 3/3] RUN d",
                "#7 CACHED",
            ],
            {2: True, 4: False, 5: True},
            id="a named builder",
        ),
        pytest.param(
            "FROM a\nRUN b\nFROM scratch\nCOPY --from=0 b c\nWORKDIR /d\n",
            [
                "#5 [stage-0 2/2] RUN b",
                "#5 CACHED",
                "#6 [stage-1 1/2] COPY --from=0 b c",
                "#6 CACHED",
                "#7 [stage-1 2/2] WORKDIR /d",
            ],
            {2: True, 4: True, 5: False},
            id="FROM scratch is no step",
        ),
        pytest.param(
            "FROM a AS base\nRUN b\nFROM base AS next\nRUN c\nFROM next\nRUN d\n",
            [
                "#5 [base 2/2] RUN b",
                "#5 CACHED",
                "#6 [next 1/1] RUN c",
                "#7 [stage-2 1/1] RUN d",
                "#7 CACHED",
            ],
            {2: True, 4: False, 6: True},
            id="FROM an earlier stage is no step",
        ),
        pytest.param(
            "FROM --platform=linux/amd64 a\nRUN b\n",
            ["#5 [linux/amd64 stage-0 2/2] RUN b", "#5 CACHED"],
            {2: True},
            id="with the platform",
        ),
        pytest.param(
            "FROM a\nCOPY <<EOF /x\nhi\nEOF\nRUN <<EOF\nb\nEOF\n",
            ["#6 [2/3] COPY <<EOF /x", "#6 CACHED", "#7 [3/3] RUN <<EOF (b)"],
            {2: True, 5: False},
            id="heredocs",
        ),
        pytest.param(
            "FROM a AS one\nRUN b\nFROM a AS two\nRUN b\n",
            ["#5 [one 2/2] RUN b", "#5 CACHED"],
            {2: True, 4: None},
            id="equal stages are one to the engine",
        ),
        pytest.param(
            "FROM a AS x\nRUN b\nFROM x AS x\nRUN c\nRUN d\n",
            ["#5 [x 2/2] RUN b", "#5 CACHED", "#6 [x 1/2] RUN c", "#6 CACHED", "#7 [x 2/2] RUN d"],
            {2: False, 4: True, 5: False},
            id="two stages with one name",
        ),
        pytest.param("FROM a\nRUN b\n", ["#1 [internal] load build definition from Dockerfile"], {2: None}),
        pytest.param("FROM a\nRUN b\n", ["#5 CACHED"], {2: None}, id="a step that was never named"),
    ],
)
def test_a_step_is_found_by_its_stage_and_place(dockerfile, lines, expected):
    assert reused(dockerfile, *lines) == expected


@pytest.mark.parametrize(
    "printed",
    [
        "#6 0.233 #6 CACHED",
        "#6 0.233 x\r#6 CACHED",
        "#6 0.233 \x1b[2K\r#6 CACHED\r",
        "#6 0.233 \r\r\n#6 0.233 #6 CACHED",
        "#6 0.233 " + "0" * 1995 + "#6 CACHED",
        "#6 0.233 #6 [2/2] RUN b",
        "#6 CACHED by hand",
        "#6 [2/2] RUN echo '#6 CACHED'",
        "#66 CACHED",
        " #6 CACHED",
        "#6 0.1 \u2028#6 CACHED",
        "#6 0.1 \x0b#6 CACHED",
        "#6 0.1 \x00#6 CACHED",
        "#6 0.1 \x1b]0;#6 CACHED",
    ],
)
def test_what_a_command_prints_is_not_the_engines_word(printed):
    assert reused("FROM a\nRUN b\n", "#6 [2/2] RUN b", printed) == {2: False}


def test_an_instruction_of_another_dockerfile_has_no_step():
    parsed = parse_dockerfile(b"FROM a\nRUN b\n")
    other = parse_dockerfile(b"FROM a\nRUN b\n").final.instructions[0]
    steps = BuildSteps()
    steps.take_line("#6 [2/2] RUN b")
    assert steps.was_reused(parsed, other) is None


@pytest.mark.parametrize("part", ["a ", "[", "#1 [", " 1/", "]", "1"])
def test_the_time_for_a_line_is_bounded(part):
    steps = BuildSteps()
    started = time.process_time()
    steps.take_line("#7 [" + part * 2000)
    assert time.process_time() - started < 0.5
