"""The course's plan joined with what its learners have done: for a learner, for the class, and as tables.

Pages and the operator's command take these objects, and the service's API their JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .course_plan import CoursePlan
from .lab_progress import LabProgress, find_progress
from .progress_store import Learner, LearnerRecord, ProgressStore
from .session_store import SessionStore, StoredSession


@dataclass(frozen=True)
class LearnerProgress:
    """A learner with every lab of the plan, in its order."""

    learner: Learner
    labs: tuple[LabProgress, ...]
    session: StoredSession | None = None
    """The one that runs now, as far as the service knows."""

    def to_json(self) -> dict[str, Any]:
        """The learner in the class."""
        return {
            "user": self.learner.user,
            "github_login": self.learner.github_login,
            "avatar_url": self.learner.avatar_url,
            "session": _session_json(self.session),
            "labs": [{"slug": lab.slug, **lab.to_json()} for lab in self.labs],
        }


@dataclass(frozen=True)
class ClassProgress:
    """Every learner whom the course's database knows, by name."""

    plan: CoursePlan
    learners: tuple[LearnerProgress, ...]

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Labs once, and each learner's progress in the order of these labs."""
        labs = [
            {**assignment.summary_json(now), "max_score": assignment.lab.description.max_score}
            for assignment in self.plan
        ]
        learners = [learner.to_json() for learner in self.learners]
        return {"course": self.plan.to_json(), "now": now.isoformat(), "labs": labs, "learners": learners}


def read_own_progress(store: ProgressStore, plan: CoursePlan, user: str) -> LearnerProgress:
    """The learner's own; who was never seen has started nothing."""
    records = store.list_records(plan.slugs, user) or [LearnerRecord(Learner(user, False, None))]
    return join_progress(plan, records[0])


def own_progress_json(progress: LearnerProgress, plan: CoursePlan, now: datetime) -> dict[str, Any]:
    """The plan's labs with the learner's progress on each, and the time by which `is_open` holds."""
    labs = [
        {**assignment.summary_json(now), **lab.to_json()}
        for assignment, lab in zip(plan, progress.labs, strict=True)
    ]
    return {"course": plan.to_json(), "now": now.isoformat(), "labs": labs}


def read_class_progress(
    store: ProgressStore, sessions: SessionStore, plan: CoursePlan, user: str | None = None
) -> ClassProgress:
    """Everybody's, or of `user` alone where the database knows them; in five queries."""
    running = {session.user: session for session in sessions.list_open()}
    records = store.list_records(plan.slugs, user)
    return ClassProgress(
        plan, tuple(join_progress(plan, one, running.get(one.learner.user)) for one in records)
    )


def join_progress(
    plan: CoursePlan, record: LearnerRecord, session: StoredSession | None = None
) -> LearnerProgress:
    """What the learner did, by the plan as it is now: a due time that was moved counts for all of it."""
    labs = (
        find_progress(
            assignment,
            record.attempts.get(assignment.slug, ()),
            started_at=record.starts.get(assignment.slug),
            last_failing_codes=record.last_failing_codes.get(assignment.slug, ()),
        )
        for assignment in plan
    )
    return LearnerProgress(record.learner, tuple(labs), session)


def _session_json(session: StoredSession | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {
        "started_at": session.clock.started_at.isoformat(),
        "expires_at": session.clock.deadline.isoformat(),
    }
