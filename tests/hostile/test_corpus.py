"""The hostile corpus: no row passes that should not, hangs, leaves something behind, or is our fault."""

from __future__ import annotations

import json

import pytest

from .apps import APPS
from .dockerfiles import DOCKERFILES
from .images import IMAGES
from .limits import DISK_MEBIBYTES, LIMITS
from .row import PASSES, SandboxRow

MIB = 1024**2
DISK_MARGIN = 1024 * MIB
"""What others that judge on this disk at the same time may take of it."""

LONGEST_WORDS = 2500
LARGEST_RESULT = 512 * 1024

SANDBOX_ROWS = (*DOCKERFILES, *APPS, *IMAGES, *LIMITS)


@pytest.mark.engine
@pytest.mark.parametrize("row", SANDBOX_ROWS, ids=lambda row: row.name)
def test_a_submission_gets_its_codes_and_leaves_nothing(runner, hub_port, enter, row: SandboxRow):
    entry = enter(row.number, row.name, row.expected)
    seen = runner.run(row)
    entry.seen, entry.seconds = seen.outcome, seen.seconds
    assert seen.result.graded, seen.result.notes.fault
    assert row.expects(seen.codes), seen.result.to_json()
    assert seen.result.passed == (row.codes == PASSES)
    assert row.said in "".join(f.message for f in seen.result.failures)
    assert seen.seconds < row.seconds
    assert seen.unclean_texts() == []
    assert all(len(failure.message) < LONGEST_WORDS for failure in seen.result.failures)
    assert len(json.dumps(seen.result.to_json())) < LARGEST_RESULT
    assert seen.left_behind == []
    assert seen.disk_taken < DISK_MARGIN + DISK_MEBIBYTES * MIB * row.fills_disk
    assert seen.disk_kept < DISK_MARGIN
    assert hub_port[1] == [], "something has reached the hub's port"
    if row.codes == ("dockerfile_missing",):
        assert seen.sandboxes == 0
