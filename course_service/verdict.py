"""The judge's verdict: the JudgeResult of docs/interfaces.md, and the public list of failure codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .captured_output import clean_text

MEGABYTE = 1_000_000


class FailureCode(StrEnum):
    """A public contract: what each means stands in docs/interfaces.md."""

    DOCKERFILE_MISSING = "dockerfile_missing"
    DOCKERIGNORE_MISSING = "dockerignore_missing"
    DOCKERIGNORE_MISSING_ENTRIES = "dockerignore_missing_entries"
    DOCKER_BUILD_FAILED = "docker_build_failed"
    COPY_REQUIREMENTS_MISSING = "copy_requirements_missing"
    PIP_INSTALL_MISSING = "pip_install_missing"
    COPY_SOURCE_MISSING = "copy_source_missing"
    LAYER_ORDER_INCORRECT = "layer_order_incorrect"
    PIP_CACHE_FLAG_MISSING = "pip_cache_flag_missing"
    CACHE_NOT_REUSED = "cache_not_reused"
    SINGLE_STAGE = "single_stage"
    BUILDER_ALIAS_MISSING = "builder_alias_missing"
    COPY_FROM_MISSING = "copy_from_missing"
    IMAGE_TOO_LARGE = "image_too_large"
    UNWANTED_IN_IMAGE = "unwanted_in_image"
    RUNS_AS_ROOT = "runs_as_root"
    COMMAND_OUTPUT_WRONG = "command_output_wrong"
    DOCKER_RUN_FAILED = "docker_run_failed"
    HEALTHCHECK_FAILED = "healthcheck_failed"
    BASE_IMAGE_UNAVAILABLE = "base_image_unavailable"
    BUILD_TIMEOUT = "build_timeout"
    OUTPUT_LIMIT = "output_limit"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    NETWORK_REFUSED = "network_refused"
    SUBMISSION_REJECTED = "submission_rejected"


class CheckStatus(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True)
class Failure:
    """What is wrong and why (`message`), and what to try (`hint`)."""

    code: FailureCode
    message: str
    hint: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "hint": self.hint}


@dataclass(frozen=True)
class CheckResult:
    """One check of the lab, how it ended, and what passing it is worth."""

    title: str
    status: CheckStatus
    points: int = 1

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "status": self.status, "points": self.points}


@dataclass(frozen=True)
class Layer:
    """One step of the image and the bytes it added; the command is the learner's words, cleaned."""

    created_by: str
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_by", clean_text(self.created_by))

    def to_json(self) -> dict[str, Any]:
        return {"created_by": self.created_by, "bytes": self.size}


@dataclass(frozen=True)
class BuiltImage:
    """What the engine says of an image that was built."""

    tag: str
    digest: str
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        """Bytes of the unpacked layers, as ``docker history`` adds them: the one meaning of image size."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True)
class Metrics:
    """What was measured; None where it was not reached."""

    build_seconds: float | None = None
    image_size: int | None = None

    def to_json(self) -> dict[str, Any]:
        metrics: dict[str, Any] = {}
        if self.build_seconds is not None:
            metrics["build"] = {"elapsed_seconds": round(self.build_seconds, 2)}
        if self.image_size is not None:
            metrics["image_size_mb"] = round(self.image_size / MEGABYTE, 1)
        return metrics


@dataclass(frozen=True)
class Notes:
    """Capped, cleaned logs; `fault` says what went wrong on our side."""

    build_logs: tuple[str, ...] = ()
    runtime_logs: tuple[str, ...] = ()
    fault: str | None = None

    def to_json(self) -> dict[str, Any]:
        notes: dict[str, Any] = {
            "build_logs": list(self.build_logs),
            "runtime_logs": list(self.runtime_logs),
        }
        if self.fault is not None:
            notes["fault"] = self.fault
        return notes


@dataclass(frozen=True)
class Evidence:
    """What was judged, and by what."""

    context_digest: str
    lab_version: str
    judge_version: str
    image_digest: str | None = None
    layers: tuple[Layer, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "context_digest": self.context_digest,
            "image_digest": self.image_digest,
            "layers": [layer.to_json() for layer in self.layers],
            "lab_version": self.lab_version,
            "judge_version": self.judge_version,
        }


@dataclass(frozen=True)
class JudgeResult:
    """The verdict on one attempt."""

    checks: tuple[CheckResult, ...]
    failures: tuple[Failure, ...]
    evidence: Evidence
    metrics: Metrics = field(default_factory=Metrics)
    notes: Notes = field(default_factory=Notes)

    def __post_init__(self) -> None:
        if not self.graded and self.failures:
            raise ValueError("a result that is not graded has no failures: the fault was ours")

    @property
    def graded(self) -> bool:
        """False when the fault was ours."""
        return self.notes.fault is None

    @property
    def passed(self) -> bool:
        """True only when every check ran and passed."""
        return self.graded and all(check.status is CheckStatus.PASSED for check in self.checks)

    @property
    def score(self) -> int:
        """Points of the checks that passed; none where the result is not graded."""
        return sum(
            check.points for check in self.checks if self.graded and check.status is CheckStatus.PASSED
        )

    @property
    def max_score(self) -> int:
        """Points of all checks."""
        return sum(check.points for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "graded": self.graded,
            "score": self.score,
            "max_score": self.max_score,
            "failures": [failure.to_json() for failure in self.failures],
            "checks": [check.to_json() for check in self.checks],
            "metrics": self.metrics.to_json(),
            "notes": self.notes.to_json(),
            "evidence": self.evidence.to_json(),
        }
