"""What can go wrong when a session or a sandbox starts.

SpawnerError
├── EngineUnavailable     the Docker engine does not answer
├── ImageStoreMissing     the lab images were never built
├── NetworksExhausted     no free /29 is left in the configured block
├── LoopDiskUnavailable   this machine cannot give a session or sandbox a disk of its own
├── DiskProviderUnavailable  disks cannot be bounded in the way that was asked for
├── WorkspaceUnavailable  a learner's files are where they cannot be reached now
├── RuntimeMissing        the engine has no runtime of that name
├── SessionRefused        the engine answered and refused
└── SessionNotReady       the container runs, but its server does not answer in time

The message is for the log. `learner_message` is what a learner reads, and `reason` labels the hub's metric.
"""

from __future__ import annotations


class SpawnerError(Exception):
    """Base of all errors of this folder."""

    reason = "error"
    learner_message = (
        "Your session could not start. Nothing of yours is lost. Please try again; if it fails again, tell "
        "your course staff."
    )


class EngineUnavailable(SpawnerError):
    """The Docker engine does not answer; the message says what was tried."""

    reason = "engine_unavailable"
    learner_message = (
        "Your session could not start, because the machine that runs sessions does not answer. Nothing of "
        "yours is lost. Please try again in a minute; if it fails again, tell your course staff."
    )


class ImageStoreMissing(SpawnerError):
    """No finished image store: ``containrlab images build`` has not run."""

    reason = "images_missing"
    learner_message = (
        "Your session could not start, because the lab images are not built yet. Course staff can build them "
        "with 'containrlab images build'."
    )


class NetworksExhausted(SpawnerError):
    """Every /29 of the configured block is in use."""

    reason = "capacity"
    learner_message = (
        "Your session could not start, because all places are taken. Please try again in a few minutes."
    )


class LoopDiskUnavailable(SpawnerError):
    """No root, no loop device, or no ext4 tools."""

    reason = "disk_unavailable"


class DiskProviderUnavailable(SpawnerError):
    """What `disk_provider` names does not work on this machine."""

    reason = "disk_unavailable"


class WorkspaceUnavailable(SpawnerError):
    """A learner has a workspace, and it cannot be mounted: never answered with a new, empty one."""

    reason = "workspace_unavailable"
    learner_message = (
        "Your session did not start, because your files could not be opened safely. They are kept. Please "
        "tell your course staff."
    )


class RuntimeMissing(SpawnerError):
    """The engine has no runtime of the name that `runtime` says."""

    reason = "runtime_missing"


class SessionRefused(SpawnerError):
    """The engine answered, and would not create or start the container."""

    reason = "refused"


class SessionNotReady(SpawnerError):
    """The session's server did not answer in time, or its container ended."""

    reason = "not_ready"
    learner_message = (
        "Your session started but did not answer, so it was removed. Your files are kept. Please start it "
        "again."
    )
