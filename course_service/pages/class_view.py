"""Which learners the class's table shows, and in which order: what the page's address asks for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from course_service.course_progress import ClassProgress, LearnerProgress
from course_service.lab_progress import LabProgress, LabState

FAILING = "failing"
"""In progress, and the last graded attempt did not pass."""

STATES = (*LabState, FAILING)
FIELDS = ("find", "state", "lab", "sort")

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_IN_FUTURE = datetime.max.replace(tzinfo=UTC)
_STEPS = {LabState.NOT_STARTED: 0, LabState.IN_PROGRESS: 1, LabState.PASSED: 2}


@dataclass(frozen=True)
class ClassView:
    """What was asked for; what makes no sense is as if it had not been asked."""

    find: str = ""
    """Part of a learner's name, or of one of their last failing codes."""
    state: str = ""
    """One of `STATES`, in `lab` or, where that is empty, in any lab."""
    lab: str = ""
    sort: str = "name"
    """``name``, ``session``, ``passed``, ``activity`` or a lab's slug; after a minus, the other way round."""

    @classmethod
    def read(cls, query: Mapping[str, str], labs: tuple[str, ...]) -> ClassView:
        """From an address, in a course of these labs."""
        asked = cls(
            **{name: query[name].strip() for name in ("find", "state", "lab", "sort") if name in query}
        )
        return replace(
            asked,
            state=asked.state if asked.state in STATES else "",
            lab=asked.lab if asked.lab in labs else "",
            sort=asked.sort if asked.sort.removeprefix("-") in (*_KEYS, *labs) else "name",
        )

    @property
    def address(self) -> str:
        """The query of an address that asks for this."""
        asked = {
            name: value for name, value in vars(self).items() if value and (name, value) != ("sort", "name")
        }
        return urlencode(asked)

    @property
    def is_filtered(self) -> bool:
        """Whether some learners may not be shown."""
        return bool(self.find or self.state)

    def sorted_by(self, column: str) -> ClassView:
        """The same in the order of `column`; asked for again, in the reverse order."""
        return replace(self, sort=f"-{column}" if self.sort == column else column)

    def direction(self, column: str) -> str:
        """What ``aria-sort`` says of the column."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    def select(self, progress: ClassProgress) -> list[LearnerProgress]:
        """The learners to show; equals stay in the order of their names."""
        shown = [one for one in progress.learners if self._finds(one) and self._has_state(one)]
        column = self.sort.removeprefix("-")
        key = _KEYS.get(column) or _key_of_lab(progress.plan.slugs.index(column))
        return sorted(shown, key=key, reverse=self.sort.startswith("-"))

    def _finds(self, one: LearnerProgress) -> bool:
        texts = (one.learner.user, *(code for lab in one.labs for code in lab.last_failing_codes))
        return any(self.find.casefold() in text.casefold() for text in texts)

    def _has_state(self, one: LearnerProgress) -> bool:
        if not self.state:
            return True
        return any(_is_in(lab, self.state) for lab in one.labs if self.lab in ("", lab.slug))


_ALL = ClassView()


def _is_in(lab: LabProgress, state: str) -> bool:
    if state == FAILING:
        return lab.state is LabState.IN_PROGRESS and bool(lab.last_failing_codes)
    return lab.state == state


def _count_passed(one: LearnerProgress) -> int:
    return sum(lab.state is LabState.PASSED for lab in one.labs)


def _last_activity(one: LearnerProgress) -> datetime:
    return max((lab.last_attempt_at or lab.started_at or _LONG_AGO for lab in one.labs), default=_LONG_AGO)


def _session_end(one: LearnerProgress) -> datetime:
    return one.session.clock.deadline if one.session else _IN_FUTURE


_KEYS: dict[str, Callable[[LearnerProgress], Any]] = {
    "name": lambda one: one.learner.user.casefold(),
    "session": _session_end,
    "passed": _count_passed,
    "activity": _last_activity,
}


def _key_of_lab(place: int) -> Callable[[LearnerProgress], Any]:
    def key(one: LearnerProgress) -> tuple[int, int, int]:
        lab = one.labs[place]
        return _STEPS[lab.state], lab.best_score or 0, lab.attempts

    return key
