"""What can go wrong in the learner's server, and the sentence that the learner reads when it does.

```text
LearnerServerError            code, message, hint
├── CourseServiceUnavailable  down, slow, or answering nonsense
├── CourseServiceRefused      the service's own 4xx answer, passed on as it is
├── SubmissionRejected        the folder cannot be sent as it is
├── DownloadTooLarge          the folder is more than one download may be
└── WorkspaceBlocked          something of the learner's stands where a lab's folder belongs
```
HTTP statuses are chosen in handlers.py.
"""

from __future__ import annotations

from typing import Any


class LearnerServerError(Exception):
    """Carries what the API answers: a code for programs, a sentence and what to try for people."""

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def answer(self) -> dict[str, Any]:
        answer = {"code": self.code, "message": self.message}
        return {**answer, "hint": self.hint} if self.hint else answer


class CourseServiceUnavailable(LearnerServerError):
    """`reason` is for the log: it may name addresses, which are no business of a learner's."""

    code = "course_service_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The course service does not answer right now. Your work is kept.",
            "Try again in a minute. If it stays like this, tell the course staff.",
        )
        self.reason = reason


class CourseServiceRefused(LearnerServerError):
    """The service answered, and said no: its status and its JSON are the answer, after `retry_after` seconds
    perhaps another."""

    def __init__(self, status: int, answer: dict[str, Any], retry_after: int | None = None) -> None:
        super().__init__(str(answer.get("message", "")))
        self.status = status
        self.retry_after = retry_after
        self._answer = answer

    @property
    def answer(self) -> dict[str, Any]:
        return self._answer


class SubmissionRejected(LearnerServerError):
    code = "submission_rejected"

    def __init__(self, message: str, hint: str, *, is_too_large: bool = False) -> None:
        super().__init__(message, hint)
        self.is_too_large = is_too_large


class DownloadTooLarge(LearnerServerError):
    code = "download_too_large"

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"The folder {slug} is too large to download in one piece.",
            "Remove what can be made again, such as venv or node_modules, and try once more; or download "
            "single files: right-click them in the file list.",
        )


class WorkspaceBlocked(LearnerServerError):
    code = "workspace_blocked"
