"""Which instructions bring a file of the build context into the image."""

from __future__ import annotations

import time

import pytest

from course_service.checks.context_copy import copies, may_bring
from course_service.parsed_dockerfile import parse_dockerfile


def instruction(text: str):
    return parse_dockerfile(f"FROM a\n{text}\n".encode()).final.instructions[-1]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("COPY app.py .", "app.py", True),
        ("ADD app.py .", "app.py", True),
        ("copy ./app.py /x/", "app.py", True),
        ("COPY /app.py .", "app.py", True),
        ("COPY ../app.py .", "app.py", True),
        ("COPY src/../app.py .", "app.py", True),
        ("COPY . .", "app.py", True),
        ("COPY ./ /app/", "src/app.py", True),
        ("COPY src /app", "src/app.py", True),
        ("COPY src/ /app", "src/app.py", True),
        ("COPY requirements.txt app.py ./", "app.py", True),
        ('COPY ["app.py", "my app/"]', "app.py", True),
        ('COPY ["my app/x.py", "."]', "my app/x.py", True),
        ("COPY *.py .", "app.py", True),
        ("COPY a?p.p[xy] .", "app.py", True),
        ("COPY * .", "app.py", True),
        ("COPY * .", "src/app.py", True),
        ("COPY s*/*.py .", "src/app.py", True),
        ("COPY --parents **/*.py .", "app.py", True),
        ("COPY --parents **/**/*.py .", "src/app.py", True),
        ("COPY --link --chown=1:2 --chmod=644 app.py .", "app.py", True),
        ("ARG F=app.py\nCOPY $F .", "app.py", True),
        ("ARG F\nCOPY ${F:-.} .", "app.py", True),
        ("COPY --exclude=*.md . .", "app.py", True),
        ("COPY --exclude=*.py . .", "app.py", False),
        ("COPY --exclude=**/*.py . .", "app.py", False),
        ("COPY --exclude=src . .", "src/app.py", False),
        ("COPY requirements.txt .", "app.py", False),
        ("COPY *.txt .", "app.py", False),
        ("COPY *.py .", "src/app.py", False),
        ("COPY app.py/x .", "app.py", False),
        ("COPY src .", "src2/app.py", False),
        ("COPY x app.py", "app.py", False),
        ("COPY --from=one app.py .", "app.py", False),
        ("ADD https://example.org/app.py .", "app.py", False),
        ("COPY <<EOF app.py\nx\nEOF", "app.py", False),
        ("RUN --mount=type=bind,target=/x a", "app.py", False),
        ("RUN cp app.py x", "app.py", False),
        ("ONBUILD COPY . .", "app.py", False),
        ("COPY", "app.py", False),
        ("COPY app.py", "app.py", False),
    ],
)
def test_what_is_copied_stays_in_the_image(text, path, expected):
    assert copies(instruction(text), path) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY requirements.txt .", True),
        ("COPY require*.txt .", True),
        ("RUN --mount=type=bind,source=requirements.txt,target=/r.txt a", True),
        ("RUN --mount=source=requirements.txt,target=/r.txt a", True),
        ("RUN --mount=type=bind,src=.,dst=/x a", True),
        ("RUN --mount=target=/x a", True),
        ("RUN --mount=type=cache,target=/x --mount=type=bind,target=/y a", True),
        pytest.param("COPY --from=one /x /y", True, id="another stage, of whose files we know nothing"),
        ("RUN --mount=from=one,target=/x a", True),
        ("COPY <<EOF requirements.txt\nflask\nEOF", True),
        ("COPY <<EOF /app/requirements.txt\nflask\nEOF", True),
        ("COPY <<EOF other.txt\nflask\nEOF", False),
        ("RUN --mount=type=bind,source=app.py,target=/x a", False),
        ("RUN --mount=type=cache,target=requirements.txt a", False),
        ("RUN --mount=type=secret,id=requirements.txt a", False),
        ("RUN --mount= a", True),
        ("RUN a > requirements.txt", False),
        ("COPY app.py .", False),
        ("WORKDIR /requirements.txt", False),
    ],
)
def test_what_may_bring_a_file(text, expected):
    assert may_bring(instruction(text), "requirements.txt") is expected


@pytest.mark.parametrize(
    "source", ["*a" * 30_000, "**/" * 20_000, "**/a/" * 12_000, "[" * 60_000, "a*" * 100]
)
def test_the_time_is_bounded(source):
    copy = instruction(f"COPY {source} .")
    started = time.process_time()
    copies(copy, "a" * 200)
    copies(copy, "/".join("a" * 8))
    assert time.process_time() - started < 1
