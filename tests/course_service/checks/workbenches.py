"""What a check of an image works with, without an engine."""

from __future__ import annotations

from course_service.checks.check import Workbench
from course_service.submission import Submission
from course_service.verdict import BuiltImage, Layer
from spawner.session_policy import Egress
from tests.course_service.sandbox_stand_ins import WillingSandbox


def bench_with_image(sandbox: WillingSandbox, *layers: Layer) -> Workbench:
    bench = Workbench(sandbox, Submission({}), Egress.NONE, (), lambda _: None)
    bench.image = BuiltImage(tag="t", digest="d", layers=layers)
    return bench
