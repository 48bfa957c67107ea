"""What a session may use, as an operator sets it: each limit a trait with its unit and its reason."""

from __future__ import annotations

from jupyterhub.traitlets import ByteSpecification
from traitlets import CaselessStrEnum, Float, HasTraits, Integer, Unicode

from .disk_provider import DiskProviderName
from .session_policy import DiskLimit, Egress, SessionPolicy

_POLICY = SessionPolicy()


class SessionLimits(HasTraits):
    """The part of `LabSpawner` that becomes a `SessionPolicy`."""

    mem_limit = ByteSpecification(
        _POLICY.memory_bytes,
        config=True,
        help="""Memory of a session, its containers included, in bytes or as '2G'; swap is held to the same.

        1.5 GiB runs JupyterLab, the inner engine and the containers of a lab. What is in /tmp and the home
        folder counts. When it is met, the kernel ends containers first, then terminals and notebooks, and
        the learner's server last.""",
    )
    cpu_limit = Float(
        _POLICY.cpus,
        min=0.1,
        config=True,
        help="""Processors of a session, its containers included.

        A share of time: more processes are slower, none is ended. One is what a build of a lab can use.""",
    )
    pids_limit = Integer(
        _POLICY.processes,
        min=128,
        config=True,
        help="""Most processes and threads of a session, its containers included.

        An idle session has about 60, one user of its containers may have 300. When it is met, what has taken
        most of them (the containers, or what terminals started) is ended.""",
    )
    open_files_limit = Integer(
        _POLICY.open_files,
        min=1024,
        config=True,
        help="""Most open files of one process of a session; half of it unless a process asks for more.

        The inner engine holds some for each container.""",
    )
    log_limit = ByteSpecification(
        _POLICY.log_bytes,
        config=True,
        help="""Most bytes of a session's own log on the machine; twice that with the one before.

        Not what its containers print: the inner engine keeps 2 MB of each, on the session's disk.""",
    )
    temporary_limit = ByteSpecification(
        _POLICY.temporary_bytes,
        config=True,
        help="""Most bytes in /tmp of a session, which counts as its memory and goes with it.

        pip and git unpack there.""",
    )
    home_limit = ByteSpecification(
        _POLICY.home_bytes,
        config=True,
        help="""Most bytes in the home folder of a session, which counts as its memory and goes with it.

        It holds settings and caches; a learner's files are in /workspace.""",
    )
    disk_limit = ByteSpecification(
        _POLICY.engine_data.bytes,
        config=True,
        help="""Most bytes that a session's inner engine keeps: images, containers, volumes, build cache.

        Taken only as it is filled, and given back at the session's end. 4 GiB holds some ten builds of a
        Node or Python app; the lab images are shared and do not count.""",
    )
    disk_files_limit = Integer(
        _POLICY.engine_data.files,
        min=1000,
        config=True,
        help="""Most files that a session's inner engine keeps.

        100 for each MiB by default: twice as many as a Node or Python app has.""",
    )
    workspace_limit = ByteSpecification(
        _POLICY.workspace.bytes,
        config=True,
        help="""Most bytes in a learner's workspace, which outlives sessions.

        Taken only as it is filled, and kept. 1 GiB holds a course's labs, each with a virtual environment or
        node_modules. A raised limit holds from a learner's next session; a lowered one for new learners.""",
    )
    workspace_files_limit = Integer(
        _POLICY.workspace.files,
        min=1000,
        config=True,
        help="""Most files in a new learner's workspace.

        100 for each MiB by default; more come with a raised workspace_limit, in proportion.""",
    )
    disk_provider = CaselessStrEnum(
        [name.value for name in DiskProviderName],
        DiskProviderName.AUTO.value,
        config=True,
        help="""What bounds disks: 'loop', 'xfs', 'tmpfs', 'none', or 'auto' for the first that works.

        A workspace that is there already is used as it is, whatever this says.""",
    )
    egress = CaselessStrEnum(
        [egress.value for egress in Egress],
        _POLICY.egress.value,
        config=True,
        help="What sessions reach outside: 'none', or 'packages' through the egress proxy.",
    )
    runtime = Unicode(
        "",
        config=True,
        help="""The engine's runtime that sessions run under, such as 'sysbox-runc' or 'kata'.

        Empty: the engine's default. One that the engine does not have is refused at a start.""",
    )

    @property
    def policy(self) -> SessionPolicy:
        """What this session may use and reach."""
        return SessionPolicy(
            memory_bytes=self.mem_limit,
            cpus=self.cpu_limit,
            processes=self.pids_limit,
            open_files=self.open_files_limit,
            log_bytes=self.log_limit,
            temporary_bytes=self.temporary_limit,
            home_bytes=self.home_limit,
            engine_data=DiskLimit(self.disk_limit, self.disk_files_limit),
            workspace=DiskLimit(self.workspace_limit, self.workspace_files_limit),
            egress=Egress(self.egress),
            runtime=self.runtime,
        )
