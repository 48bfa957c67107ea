"""Every setting an operator has, read from the environment in this one place.

The hub, the course service and the operator's command all read this table, so a default stands once.
Each setting may also be given as ``NAME_FILE``: the path of a file that holds the value, for secrets. A
warning says where others than the file's owner may read a secret's.
`describe_settings` is what the table in ``docs/settings.md`` is generated from.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .setting_parsers import (
    IPNetwork,
    parse_bridge_prefix,
    parse_count,
    parse_disk_mebibytes,
    parse_disk_provider,
    parse_existing_file,
    parse_minutes,
    parse_names,
    parse_networks,
    parse_path,
    parse_port,
    parse_text,
    parse_whole_number,
)

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent

STAFF_EXTENSION_MINUTES = 120
"""How much course staff may add to a session. Were it without end, nothing could tell a clock that broke."""

_PACKAGE_REGISTRIES = (
    "pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "deb.debian.org",
    "security.debian.org",
)


class SettingError(ValueError):
    """A setting has a value that cannot be meant; `name` is its environment variable."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def _setting(
    name: str,
    parse: Callable[[str], Any],
    help_text: str,
    default: Any,
    *,
    shown_default: str | None = None,
    is_secret: bool = False,
) -> Any:
    """One row of the table; a secret one is never handed on to another process."""
    return field(
        default=default,
        repr=not is_secret,
        metadata={
            "name": name,
            "parse": parse,
            "help": help_text,
            "shown_default": shown_default,
            "is_secret": is_secret,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The operator's settings, parsed and checked."""

    instance: str = _setting(
        "CONTAINRLAB_INSTANCE",
        parse_text,
        "Prefix of the name of every container, network and volume, and value of their label "
        "`containrlab.instance`. Set it to run two courses on one engine.",
        "containrlab",
    )
    state_dir: Path = _setting(
        "CONTAINRLAB_STATE_DIR",
        parse_path,
        "Folder of databases, secrets, logs and process ids; made with mode 0700.",
        ROOT / "state",
        shown_default="`state/` beside `jupyterhub_config.py`",
    )
    labs_dir: Path = _setting(
        "CONTAINRLAB_LABS_DIR",
        parse_path,
        "Folder of labs, one folder each.",
        ROOT / "lab_notebooks",
        shown_default="`lab_notebooks/` beside `jupyterhub_config.py`",
    )
    port: int = _setting(
        "CONTAINRLAB_PORT", parse_port, "The hub's public port, which browsers and sessions use.", 8000
    )
    hub_port: int = _setting(
        "CONTAINRLAB_HUB_PORT", parse_port, "The hub's own port behind its proxy, on loopback.", 8081
    )
    proxy_api_port: int = _setting(
        "CONTAINRLAB_PROXY_API_PORT", parse_port, "The proxy's control port, on loopback.", 8001
    )
    course_port: int = _setting(
        "CONTAINRLAB_COURSE_PORT",
        parse_port,
        "The course service's port behind the proxy, loopback.",
        8082,
    )
    egress_port: int = _setting(
        "CONTAINRLAB_EGRESS_PORT",
        parse_port,
        "The egress proxy's port, which sessions and judge sandboxes reach on their gateway.",
        8083,
    )
    public_url: str | None = _setting(
        "CONTAINRLAB_PUBLIC_URL",
        parse_text,
        "Where learners reach the hub, for example `https://labs.example.org`. Unset: a local trial that "
        "only this machine reaches.",
        None,
    )
    trial_password: str | None = _setting(
        "CONTAINRLAB_TRIAL_PASSWORD",
        parse_text,
        "Shared password of a trial without GitHub sign-in, at least 8 characters.",
        None,
        shown_default="generated at the first start and kept in the state folder",
        is_secret=True,
    )
    admin_password: str | None = _setting(
        "CONTAINRLAB_ADMIN_PASSWORD",
        parse_text,
        "Password of the admins of a trial, at least 32 characters.",
        None,
        shown_default="generated at the first start and kept in the state folder",
        is_secret=True,
    )
    github_client_id: str | None = _setting(
        "GITHUB_CLIENT_ID", parse_text, "Client id of the GitHub OAuth app; turns GitHub sign-in on.", None
    )
    github_client_secret: str | None = _setting(
        "GITHUB_CLIENT_SECRET", parse_text, "Client secret of the GitHub OAuth app.", None, is_secret=True
    )
    github_url: str | None = _setting(
        "GITHUB_URL",
        parse_text,
        "Address of a GitHub Enterprise Server, for example `https://github.example.org`.",
        None,
        shown_default="github.com",
    )
    allowed_organizations: tuple[str, ...] = _setting(
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS",
        parse_names,
        "GitHub organisations (`org`) or teams (`org:team`) whose members may sign in, comma-separated.",
        (),
    )
    allowed_users: tuple[str, ...] = _setting(
        "CONTAINRLAB_ALLOWED_USERS", parse_names, "GitHub logins that may sign in, comma-separated.", ()
    )
    admin_users: tuple[str, ...] | None = _setting(
        "CONTAINRLAB_ADMIN_USERS",
        parse_names,
        "Logins with the hub's admin page, comma-separated.",
        None,
        shown_default="`teacher` in a trial, nobody with GitHub sign-in",
    )
    contact: str = _setting(
        "CONTAINRLAB_CONTACT",
        parse_text,
        "Whom to ask who is not let in, as it reads in a sentence: `Ms Gray, gray@school.example`.",
        "your course staff",
    )
    session_image: str = _setting(
        "CONTAINRLAB_SESSION_IMAGE",
        parse_text,
        "Image of sessions and judge sandboxes.",
        "containrlab-session:latest",
    )
    session_networks: ipaddress.IPv4Network = _setting(
        "CONTAINRLAB_SESSION_NETWORKS",
        ipaddress.IPv4Network,
        "Block of addresses that each session's /29 network is taken from.",
        ipaddress.IPv4Network("10.213.0.0/16"),
    )
    bridge_prefix: str = _setting(
        "CONTAINRLAB_BRIDGE_PREFIX",
        parse_bridge_prefix,
        "Prefix of the names of our bridges, by which the firewall knows them.",
        "cl",
    )
    egress_hosts: tuple[str, ...] = _setting(
        "CONTAINRLAB_EGRESS_HOSTS",
        parse_names,
        "Package registries that builds may reach through the egress proxy, comma-separated.",
        _PACKAGE_REGISTRIES,
    )
    egress_private: tuple[IPNetwork, ...] = _setting(
        "CONTAINRLAB_EGRESS_PRIVATE",
        parse_networks,
        "Private networks or addresses at which a listed registry may be, such as an institute's own mirror; "
        "comma-separated. An address of this machine itself counts only where it stands alone.",
        (),
    )
    egress_connections: int = _setting(
        "CONTAINRLAB_EGRESS_CONNECTIONS",
        parse_count,
        "How many connections to package registries one session or sandbox may have open at once. An npm "
        "install opens some 15.",
        32,
    )
    egress_rate_mb: int = _setting(
        "CONTAINRLAB_EGRESS_RATE_MB",
        parse_count,
        "How fast one session or sandbox may download through the egress proxy, in megabytes a second.",
        20,
    )
    extra_ca: Path | None = _setting(
        "CONTAINRLAB_EXTRA_CA",
        parse_existing_file,
        "CA bundle (PEM) added to every image that we build, for a network that inspects TLS.",
        None,
        shown_default="the file that `SSL_CERT_FILE` names, if it is set",
    )
    db_url: str | None = _setting(
        "CONTAINRLAB_DB_URL",
        parse_text,
        "The course service's database: SQLite, or PostgreSQL as `postgresql://USER:PASSWORD@HOST:5432/NAME`.",
        None,
        shown_default="SQLite, `course.sqlite` in the state folder",
    )
    sessions: int | None = _setting(
        "CONTAINRLAB_SESSIONS",
        parse_count,
        "How many sessions run at once; later learners wait in a line, and are let in when it is their turn.",
        None,
        shown_default="as many as fit the memory beside the judge's sandboxes, 1.5 GiB each",
    )
    judge_sandboxes: int = _setting(
        "CONTAINRLAB_JUDGE_SANDBOXES",
        parse_count,
        "How many attempts are judged at once; the others wait in turn.",
        2,
    )

    judge_spares: int = _setting(
        "CONTAINRLAB_JUDGE_SPARES",
        parse_whole_number,
        "How many judge sandboxes are kept ready, so that a check does not wait for one to start. Each holds "
        "about 80 MB of memory.",
        1,
    )

    session_disk_mb: int = _setting(
        "CONTAINRLAB_SESSION_DISK_MB",
        parse_disk_mebibytes,
        "Disk of a session's engine (images, containers, build cache), in MiB, and 100 files for each. "
        "Taken only as it is filled, and given back at the session's end.",
        4096,
    )

    workspace_mb: int = _setting(
        "CONTAINRLAB_WORKSPACE_MB",
        parse_disk_mebibytes,
        "Disk of a learner's workspace, in MiB, and 100 files for each of them. Taken only as it is filled. "
        "Raised, it holds from a learner's next session; lowered, for new learners.",
        1024,
    )

    disk_provider: str = _setting(
        "CONTAINRLAB_DISK_PROVIDER",
        parse_disk_provider,
        "What bounds disks: `loop` (a file with a file system of its own), `xfs` (project quota), `tmpfs` "
        "(memory), `none`, or `auto` for the first of these that works here.",
        "auto",
    )

    runtime: str = _setting(
        "CONTAINRLAB_RUNTIME",
        parse_text,
        "The engine's runtime for sessions and judge sandboxes, for example `sysbox-runc` or `kata`.",
        "",
        shown_default="the engine's default",
    )

    judge_disk_mb: int = _setting(
        "CONTAINRLAB_JUDGE_DISK_MB",
        parse_count,
        "Disk of a judge sandbox, in MiB, and 100 files for each of them. Taken only as it is filled.",
        2048,
    )

    session_minutes: float = _setting(
        "CONTAINRLAB_SESSION_MINUTES",
        parse_minutes,
        "How long a session lasts from its start, whatever goes on in it. A change holds for new sessions.",
        30.0,
        shown_default="`30`",
    )

    session_extensions: int = _setting(
        "CONTAINRLAB_SESSION_EXTENSIONS",
        parse_whole_number,
        "How often a learner may extend a session.",
        1,
    )

    extension_minutes: float = _setting(
        "CONTAINRLAB_EXTENSION_MINUTES",
        parse_minutes,
        "How much longer a session lasts with each extension.",
        15.0,
        shown_default="`15`",
    )

    idle_minutes: float = _setting(
        "CONTAINRLAB_IDLE_MINUTES",
        parse_minutes,
        "A session in which nothing happened for so long ends before its time, so that another learner can "
        "have its memory. An open page counts as activity, so this is about closed ones.",
        15.0,
        shown_default="`15`",
    )

    @property
    def longest_session_minutes(self) -> float:
        """A session with all that its learner, and then course staff, may add to it."""
        own = self.session_minutes + self.session_extensions * self.extension_minutes
        return own + STAFF_EXTENSION_MINUTES

    @property
    def course_db_url(self) -> str:
        """The database's URL, with the default filled in."""
        return self.db_url or f"sqlite:///{self.state_dir / 'course.sqlite'}"

    @property
    def is_trial(self) -> bool:
        """True without GitHub sign-in: a shared password."""
        return self.github_client_id is None

    @property
    def admins(self) -> tuple[str, ...]:
        """The admins' logins, with the default filled in: on GitHub a login of ours would be anybody's."""
        if self.admin_users is not None:
            return self.admin_users
        return ("teacher",) if self.is_trial else ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `environment` (``os.environ`` in a process's main).

        Raises `SettingError` for a value that does not parse, a ``*_FILE`` that cannot be read, or a variable
        of our prefix that is no setting (a misspelt one would otherwise be silently ignored).
        """
        values = {}
        for setting in fields(cls):
            name = setting.metadata["name"]
            text = _read(environment, name, is_secret=setting.metadata["is_secret"])
            if text is None and name == "CONTAINRLAB_EXTRA_CA":
                text = environment.get("SSL_CERT_FILE")
            if text is None:
                continue
            try:
                values[setting.name] = setting.metadata["parse"](text)
            except ValueError as error:
                raise SettingError(name, str(error)) from error
        _refuse_unknown(environment)
        return cls(**values)


def load_settings() -> Settings:
    """This process's settings. Raises `SettingError`."""
    return Settings.from_environment(os.environ)


def pass_on_settings() -> dict[str, str]:
    """This process's settings, less the secrets, as environment of a process that the hub starts."""
    names = {setting.metadata["name"] for setting in fields(Settings) if not setting.metadata["is_secret"]}
    names |= {f"{name}_FILE" for name in names} | {"SSL_CERT_FILE", "DOCKER_HOST"}
    return {name: value for name, value in os.environ.items() if name in names}


def describe_settings() -> Iterator[tuple[str, str, str]]:
    """Each setting as (environment variable, default as shown to a reader, meaning)."""
    for setting in fields(Settings):
        meta = setting.metadata
        default = setting.default
        if isinstance(default, tuple):
            default = ",".join(default)
        shown = meta["shown_default"] or (f"`{default}`" if default not in (None, "") else "unset")
        yield meta["name"], shown, meta["help"]


def _read(environment: Mapping[str, str], name: str, *, is_secret: bool) -> str | None:
    value = environment.get(name)
    file_name = environment.get(f"{name}_FILE")
    if value and file_name:
        raise SettingError(name, f"given twice: as {name} and as {name}_FILE; unset one")
    if file_name:
        try:
            # Not refused: where secrets are mounted, as by Docker or Kubernetes, they have such a mode.
            if is_secret and Path(file_name).stat().st_mode & 0o077:
                log.warning("%s_FILE: others may read it too; close it: chmod 600 %s", name, file_name)
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE", f"cannot be read: {error}") from error
    return value or None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {setting.metadata["name"] for setting in fields(Settings)}
    for name in environment:
        if name.startswith("CONTAINRLAB_") and name.removesuffix("_FILE") not in known:
            raise SettingError(name, "no such setting; see docs/settings.md")
