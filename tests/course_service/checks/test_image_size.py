"""The image's size against what the lab allows."""

from __future__ import annotations

import pytest

from course_service.checks.image_size import ImageSize
from course_service.verdict import Layer
from tests.course_service.sandbox_stand_ins import WillingSandbox

from .workbenches import bench_with_image

CHECK = ImageSize(kind="image_size", title="size", most_mb=250)


def judged(*layers: Layer):
    return CHECK.run(bench_with_image(WillingSandbox(), *layers))


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [((250_000_000,), True), ((249_999_999, 1), True), ((250_000_000, 1), False), ((), True)],
)
def test_the_layers_together_must_fit(sizes, fits):
    assert (judged(*(Layer("RUN x", size) for size in sizes)) == ()) is fits


def test_the_message_never_gives_a_size_that_would_be_allowed():
    (failure,) = judged(Layer("RUN x", 250_000_001))
    assert failure.message.startswith("The image has 250.1 MB; this lab allows 250 MB.")


def test_the_message_names_the_three_heaviest_layers():
    (failure,) = judged(
        Layer("", 100_000_000),
        Layer("RUN /bin/sh -c  npm ci # buildkit", 200_000_000),
        Layer("COPY " + "x" * 200, 50_000_000),
        Layer("CMD", 0),
    )
    said = failure.message.partition("Its largest layers: ")[2]
    assert said == f"200 MB by RUN /bin/sh -c npm ci; 100 MB by the base image; 50 MB by COPY {'x' * 74}…."
