"""What can go wrong in the course service.

CourseError
├── CatalogueError        a lab's folder or course.yaml is not what it should be; names file and line
├── LabNotFound           no lab of that slug in this course
├── LabNotOpen            the lab opens later
├── SubmissionRejected    a learner's folder cannot be taken; says what to do
├── AttemptNotFound       no such attempt of this learner
├── AttemptRunning        the learner's last attempt has not ended
├── SolutionLocked        the learner has not passed this lab yet
├── SessionNotFound       the hub runs no session of this learner
├── LearnerNotFound       the hub has no user of that name
├── HintRequestRejected   a request for a hint is not what it should be
├── HintsOff              the course gives no hints
├── TooManyHints          the session has asked for enough hints in this minute
├── ExtensionRefused      the session cannot be extended (any more)
├── NotAllowed            the hub does not vouch for who asks
├── HubUnavailable        the hub could not be asked
├── DatabaseUnavailable   the course's database is set wrongly, does not answer, or cannot be upgraded
└── SandboxFault          the sandbox failed, not the submission: the attempt is not graded

The session library's errors (``spawner.errors``) pass through the judge as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class CourseError(Exception):
    """Base of all errors of this folder."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file, and in which line, counted from 1, where it is about one."""

    problem: str
    line: int | None = None


class CatalogueError(CourseError):
    """A lab's folder or course.yaml is not what it should be; the message has a line for each mistake.

    That is ``FILE:LINE: PROBLEM``; a mistake that is about no line may be given as its words.
    """

    def __init__(self, file: Path, *mistakes: Mistake | str) -> None:
        self.file = file
        self.mistakes = tuple(Mistake(one) if isinstance(one, str) else one for one in mistakes)
        super().__init__("\n".join(f"{self._place(mistake)}: {mistake.problem}" for mistake in self.mistakes))

    def _place(self, mistake: Mistake) -> str:
        return f"{self.file}" if mistake.line is None else f"{self.file}:{mistake.line}"


class LabNotFound(CourseError):
    """No lab of that slug in this course."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no lab named {slug!r}.")
        self.slug = slug


class LabNotOpen(CourseError):
    """The lab opens later; `when` is the moment in words."""

    def __init__(self, title: str, when: str) -> None:
        super().__init__(f'"{title}" opens on {when}.')


class SubmissionRejected(CourseError):
    """A learner's folder cannot be taken.

    `problem` is a sentence that names the member, `advice` says what to do, and `too_large` is true where
    smaller or fewer files would have been taken.
    """

    def __init__(self, problem: str, advice: str, *, too_large: bool = False) -> None:
        super().__init__(f"{problem} {advice}")
        self.problem = problem
        self.advice = advice
        self.too_large = too_large


class AttemptNotFound(CourseError):
    """No such attempt, or one of somebody else's."""

    def __init__(self, attempt_id: int) -> None:
        super().__init__(f"You have no attempt with the number {attempt_id}.")
        self.attempt_id = attempt_id


class AttemptRunning(CourseError):
    """The learner's last attempt has not ended."""

    def __init__(self, attempt_id: int) -> None:
        super().__init__("Your last check is still running. Wait for its result, then check again.")
        self.attempt_id = attempt_id


class SolutionLocked(CourseError):
    """The learner has not passed this lab yet."""

    def __init__(self) -> None:
        super().__init__("The solution opens once you have passed this lab.")


class SessionNotFound(CourseError):
    """The hub runs no session of this learner; `user` is given where somebody else asks about theirs."""

    def __init__(self, user: str | None = None) -> None:
        super().__init__(f"{user or 'You'} {'has' if user else 'have'} no session that runs.")


class LearnerNotFound(CourseError):
    """The hub has no user of that name."""

    def __init__(self, user: str) -> None:
        super().__init__(f"Nobody named {user!r} has ever signed in here.")


class HintRequestRejected(CourseError):
    """A request for a hint is not what it should be; the message says what was expected."""


class HintsOff(CourseError):
    """The course gives no hints."""

    def __init__(self) -> None:
        super().__init__("This course has turned hints off. Ask your course staff.")


class TooManyHints(CourseError):
    """The session has asked for enough hints in this minute; `retry_after` is in whole seconds."""

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(f"You can ask for {per_minute} hints a minute. Ask again in {retry_after} s.")
        self.retry_after = retry_after


class ExtensionRefused(CourseError):
    """The session cannot be extended (any more); the message is a sentence for the learner."""


class NotAllowed(CourseError):
    """The hub does not vouch for who asks, or not for this service."""


class HubUnavailable(CourseError):
    """The hub could not be asked."""


class DatabaseUnavailable(CourseError):
    """The course's database is set wrongly, does not answer, or cannot be upgraded.

    `problem` and `remedy` are the operator's, and hold no password.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy


class SandboxFault(CourseError):
    """The sandbox failed, not the submission; the message is a sentence that learners may read."""
