"""Bytes that a reader of Dockerfiles has to bear: any at all, and words of the language in any order."""

from __future__ import annotations

from hypothesis import strategies as st

_INSTRUCTIONS = ("FROM", "RUN", "COPY", "ADD", "ENV", "ARG", "WORKDIR", "ONBUILD", "SHELL", "AS")
_FLAGS = (
    "--from=",
    "--from=0",
    "--from=b",
    "--mount=type=bind,from=b",
    "--mount=",
    "--exclude=**",
    "--",
    "-c",
)
_COMMANDS = (
    "sh",
    "pip",
    "python",
    "-m",
    "npm",
    "install",
    "ci",
    "-r",
    "export",
    "rm",
    "sudo",
    "&&",
    ";",
    "|",
)
_FILES = ("a", "b", "scratch", ".", "*", "**", "[", "requirements.txt", "app.py", "..", "/", "https://a/b")
_VARIABLES = ("$", "${", "}", "${A:-b}", "$A", "A=1", "A=", "PIP_NO_CACHE_DIR")
_HEREDOCS = ("<<EOF", "<<-'A'", "EOF", "A", "<", ">")
_MARKS = ("'", '"', "\\", "`", "(", ")", "]", '["a"', ',"b"]', "#", "# escape=`", "\0", "\ufeff", "\t", "é")
_ENDS = ("\n", "\n", "\n", "\r\n", "\\\n")

_words = st.sampled_from(
    [*_INSTRUCTIONS, *_FLAGS, *_COMMANDS, *_FILES, *_VARIABLES, *_HEREDOCS, *_MARKS, *_ENDS]
)
_dockerfiles = st.lists(_words, max_size=60).map(lambda words: f"FROM a AS b\n{' '.join(words)}".encode())

HOSTILE_DOCKERFILES = st.one_of(st.binary(max_size=300), _dockerfiles)
