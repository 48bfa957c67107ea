"""What can keep the operator's command from doing its work.

OperatorError
├── NeedsRoot             the step changes the machine, and we are not root
├── EngineMissing         no Docker engine answers, and none could be started
├── RuntimeMissing        the engine has no runtime of the name that was set
├── PackagesMissing       apt-get could not install something
├── ImageBuildFailed      an image could not be built; carries the end of the build's log
├── ImagesMissing         the images were never built
├── ImageStoreFailed      the shared image store could not be filled
├── AddressesInUse        the machine has routes into the block of the sessions' networks
├── FirewallRefused       the kernel or nft refused our table
├── KernelLimitRefused    a limit that all sessions share could not be raised
├── EgressProxyFailed     squid did not start
├── PortInUse             another program has a port of ours
├── AlreadyRunning        another `containrlab up` runs on the same state folder
├── HubFailed             the hub did not start, or ended by itself
├── CourseUnreachable     no course runs, or its service does not answer as it should
├── SessionMissing        nobody of that name has signed in, or they have no session
├── SessionNotExtended    the course service refuses to extend a session
├── DatabaseFailed        the course's database cannot be used, upgraded, copied or filled
├── LearnerMissing        the course's database knows nobody of that name
├── WorkspaceMissing      nobody of that name has a workspace
├── WorkspaceFailed       a workspace could not be read or put back
├── FileInTheWay          the file to be written is there already, or cannot be made
├── BackupBroken          an archive is not whole, or not one of ours
├── RestoreRefused        restoring would overwrite something, or a course runs
├── LabMissing            no such lab, or one whose folder, or course.yaml, is not as it should be
├── LabExists             the folder of a new lab is there already
└── LabNotWritten         the folder of a new lab could not be written

Each says what is missing, why, and the command that mends it.
"""

from __future__ import annotations

from collections.abc import Sequence


class OperatorError(Exception):
    """Base of all errors of this folder; `log_tail` is shown before the three lines where there is one."""

    def __init__(self, problem: str, reason: str, remedy: str, log_tail: Sequence[str] = ()) -> None:
        super().__init__(f"{problem}: {reason}")
        self.problem = problem
        self.reason = reason
        self.remedy = remedy
        self.log_tail = tuple(log_tail)


class NeedsRoot(OperatorError):
    """The step changes the machine, and we are not root."""

    def __init__(self, step: str) -> None:
        super().__init__(
            f"{step} needs root", "this command runs as an ordinary user", "run it again with: sudo -E"
        )


class EngineMissing(OperatorError):
    """No Docker engine answers, and none could be started."""


class RuntimeMissing(OperatorError):
    """The engine has no runtime of the name that was set."""


class PackagesMissing(OperatorError):
    """apt-get could not install something."""


class ImageBuildFailed(OperatorError):
    """An image could not be built."""


class ImagesMissing(OperatorError):
    """The images were never built."""


class ImageStoreFailed(OperatorError):
    """The shared image store could not be filled."""


class AddressesInUse(OperatorError):
    """The machine has routes into the block of the sessions' networks."""


class FirewallRefused(OperatorError):
    """The kernel or nft refused our table."""


class KernelLimitRefused(OperatorError):
    """A limit that all sessions share could not be raised."""


class EgressProxyFailed(OperatorError):
    """squid did not start."""


class PortInUse(OperatorError):
    """Another program has a port of ours; `setting` is the variable that moves it."""

    def __init__(self, port: int, purpose: str, setting: str) -> None:
        super().__init__(
            f"Port {port} is in use",
            f"{purpose} needs it, and another program listens there",
            f"end that program (ss -ltnp 'sport = :{port}' names it), or choose another port: "
            f"export {setting}={port + 1000}",
        )
        self.port = port
        self.setting = setting


class AlreadyRunning(OperatorError):
    """Another `containrlab up` runs on the same state folder."""


class HubFailed(OperatorError):
    """The hub did not start, or ended by itself."""


class CourseUnreachable(OperatorError):
    """No course runs, or its service does not answer as it should."""


class SessionMissing(OperatorError):
    """Nobody of that name has signed in, or they have no session."""


class SessionNotExtended(OperatorError):
    """The course service refuses to extend a session."""


class DatabaseFailed(OperatorError):
    """The course's database cannot be used, upgraded, copied or filled."""


class LearnerMissing(OperatorError):
    """The course's database knows nobody of that name."""

    def __init__(self, learner: str) -> None:
        super().__init__(
            f"There is no learner {learner!r}",
            "the course's database has nobody of that name",
            "containrlab grades export - shows who there is",
        )


class WorkspaceMissing(OperatorError):
    """Nobody of that name has a workspace."""


class WorkspaceFailed(OperatorError):
    """A workspace could not be read or put back."""


class FileInTheWay(OperatorError):
    """The file to be written is there already, or cannot be made."""


class BackupBroken(OperatorError):
    """An archive is not whole, or not one of ours."""


class RestoreRefused(OperatorError):
    """Restoring would overwrite something, or a course runs."""


class LabMissing(OperatorError):
    """No such lab, or one whose folder, or course.yaml, is not as it should be."""


class LabExists(OperatorError):
    """The folder of a new lab is there already."""


class LabNotWritten(OperatorError):
    """The folder of a new lab could not be written."""
