"""Every setting an operator has, read from the environment in this one place.

The hub, the course service and the operator's command all read this table, so a default stands once. How
it is read is in `setting_table`, and ``docs/settings.md`` is generated from it by `describe_settings`.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from spawner.time_zone import check_time_zone

from .setting_parsers import (
    IPNetwork,
    parse_bridge_prefix,
    parse_choice,
    parse_count,
    parse_disk_mebibytes,
    parse_disk_provider,
    parse_existing_file,
    parse_minutes,
    parse_names,
    parse_networks,
    parse_path,
    parse_pool_schedule,
    parse_port,
    parse_seconds,
    parse_temperature,
    parse_text,
    parse_web_address,
    parse_whole_number,
)
from .setting_table import SettingError as SettingError  # what reading the table raises
from .setting_table import (
    absolute_paths,
    describe,
    names_of_course_secrets,
    names_to_pass_on,
    read_settings,
    setting,
)

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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The operator's settings, parsed and checked."""

    instance: str = setting(
        "CONTAINRLAB_INSTANCE",
        parse_text,
        "Prefix of the name of every container, network and volume, and value of their label "
        "`containrlab.instance`. Set it to run two courses on one engine.",
        "containrlab",
    )
    state_dir: Path = setting(
        "CONTAINRLAB_STATE_DIR",
        parse_path,
        "Folder of databases, secrets, logs and process ids; made with mode 0700.",
        ROOT / "state",
        shown_default="`state/` beside `jupyterhub_config.py`",
    )
    labs_dir: Path = setting(
        "CONTAINRLAB_LABS_DIR",
        parse_path,
        "Folder of labs, one folder each.",
        ROOT / "lab_notebooks",
        shown_default="`lab_notebooks/` beside `jupyterhub_config.py`",
    )
    course_file: Path | None = setting(
        "CONTAINRLAB_COURSE_FILE",
        parse_existing_file,
        "The course.yaml that names the labs of the course, with open and due times "
        "([running-a-course.md](running-a-course.md)).",
        None,
        shown_default="`course.yaml` in the folder of labs, if it is there; else every lab, always open",
    )
    port: int = setting(
        "CONTAINRLAB_PORT", parse_port, "The hub's public port, which browsers and sessions use.", 8000
    )
    hub_port: int = setting(
        "CONTAINRLAB_HUB_PORT", parse_port, "The hub's own port behind its proxy, on loopback.", 8081
    )
    proxy_api_port: int = setting(
        "CONTAINRLAB_PROXY_API_PORT", parse_port, "The proxy's control port, on loopback.", 8001
    )
    course_port: int = setting(
        "CONTAINRLAB_COURSE_PORT",
        parse_port,
        "The course service's port behind the proxy, loopback.",
        8082,
    )
    egress_port: int = setting(
        "CONTAINRLAB_EGRESS_PORT",
        parse_port,
        "The egress proxy's port, which sessions and judge sandboxes reach on their gateway.",
        8083,
    )
    public_url: str | None = setting(
        "CONTAINRLAB_PUBLIC_URL",
        parse_text,
        "Where learners reach the hub, for example `https://labs.example.org`. Unset: a local trial that "
        "only this machine reaches.",
        None,
    )
    trial_password: str | None = setting(
        "CONTAINRLAB_TRIAL_PASSWORD",
        parse_text,
        "Shared password of a trial without GitHub sign-in, at least 8 characters.",
        None,
        shown_default="generated at the first start and kept in the state folder",
        is_secret=True,
    )
    admin_password: str | None = setting(
        "CONTAINRLAB_ADMIN_PASSWORD",
        parse_text,
        "Password of the admins of a trial, at least 32 characters.",
        None,
        shown_default="generated at the first start and kept in the state folder",
        is_secret=True,
    )
    operator_token: str | None = setting(
        "CONTAINRLAB_OPERATOR_TOKEN",
        parse_text,
        "Token with which `containrlab sessions` asks the course service, at least 8 characters.",
        None,
        shown_default="generated at the first start and kept in the state folder",
        is_secret=True,
    )
    github_client_id: str | None = setting(
        "GITHUB_CLIENT_ID", parse_text, "Client id of the GitHub OAuth app; turns GitHub sign-in on.", None
    )
    github_client_secret: str | None = setting(
        "GITHUB_CLIENT_SECRET", parse_text, "Client secret of the GitHub OAuth app.", None, is_secret=True
    )
    github_url: str | None = setting(
        "GITHUB_URL",
        parse_text,
        "Address of a GitHub Enterprise Server, for example `https://github.example.org`.",
        None,
        shown_default="github.com",
    )
    allowed_organizations: tuple[str, ...] = setting(
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS",
        parse_names,
        "GitHub organisations (`org`) or teams (`org:team`) whose members may sign in, comma-separated.",
        (),
    )
    allowed_users: tuple[str, ...] = setting(
        "CONTAINRLAB_ALLOWED_USERS", parse_names, "GitHub logins that may sign in, comma-separated.", ()
    )
    admin_users: tuple[str, ...] | None = setting(
        "CONTAINRLAB_ADMIN_USERS",
        parse_names,
        "Logins with the hub's admin page, comma-separated.",
        None,
        shown_default="`teacher` in a trial, nobody with GitHub sign-in",
    )
    contact: str = setting(
        "CONTAINRLAB_CONTACT",
        parse_text,
        "Whom to ask who is not let in, as it reads in a sentence: `Ms Gray, gray@school.example`.",
        "your course staff",
    )
    session_image: str = setting(
        "CONTAINRLAB_SESSION_IMAGE",
        parse_text,
        "Image of sessions and judge sandboxes.",
        "containrlab-session:latest",
    )
    session_networks: ipaddress.IPv4Network = setting(
        "CONTAINRLAB_SESSION_NETWORKS",
        ipaddress.IPv4Network,
        "Block of addresses that each session's /29 network is taken from.",
        ipaddress.IPv4Network("10.213.0.0/16"),
    )
    bridge_prefix: str = setting(
        "CONTAINRLAB_BRIDGE_PREFIX",
        parse_bridge_prefix,
        "Prefix of the names of our bridges, by which the firewall knows them.",
        "cl",
    )
    egress_hosts: tuple[str, ...] = setting(
        "CONTAINRLAB_EGRESS_HOSTS",
        parse_names,
        "Package registries that builds may reach through the egress proxy, comma-separated.",
        _PACKAGE_REGISTRIES,
    )
    egress_private: tuple[IPNetwork, ...] = setting(
        "CONTAINRLAB_EGRESS_PRIVATE",
        parse_networks,
        "Private networks or addresses at which a listed registry may be, such as an institute's own mirror; "
        "comma-separated. An address of this machine itself counts only where it stands alone.",
        (),
    )
    egress_connections: int = setting(
        "CONTAINRLAB_EGRESS_CONNECTIONS",
        parse_count,
        "How many connections to package registries one session or sandbox may have open at once. An npm "
        "install opens some 15.",
        32,
    )
    egress_rate_mb: int = setting(
        "CONTAINRLAB_EGRESS_RATE_MB",
        parse_count,
        "How fast one session or sandbox may download through the egress proxy, in megabytes a second.",
        20,
    )
    extra_ca: Path | None = setting(
        "CONTAINRLAB_EXTRA_CA",
        parse_existing_file,
        "CA bundle (PEM) added to every image that we build, for a network that inspects TLS.",
        None,
        shown_default="the file that `SSL_CERT_FILE` names, if it is set",
        otherwise="SSL_CERT_FILE",
    )
    db_url: str | None = setting(
        "CONTAINRLAB_DB_URL",
        parse_text,
        "The course service's database: SQLite, or PostgreSQL as "
        "`postgresql://USER:PASSWORD@HOST:5432/NAME`. With a password better given as "
        "`CONTAINRLAB_DB_URL_FILE`; if not, it is kept in the state folder, in the file `db_url`.",
        None,
        shown_default="SQLite, `course.sqlite` in the state folder",
        is_course_secret=True,
    )
    sessions: int | None = setting(
        "CONTAINRLAB_SESSIONS",
        parse_count,
        "How many sessions run at once; later learners wait in a line, and are let in when it is their turn.",
        None,
        shown_default="as many as fit the memory beside the judge's sandboxes, 1.5 GiB each",
    )
    pool: int = setting(
        "CONTAINRLAB_POOL",
        parse_whole_number,
        "How many warm sessions are kept ready, within the places for sessions, so that a learner need not "
        "wait for one to start; 0 for none. Each holds about 140 MB of memory. Who comes when none is ready "
        "waits a few seconds longer.",
        2,
    )
    pool_schedule: str = setting(
        "CONTAINRLAB_POOL_SCHEDULE",
        parse_pool_schedule,
        "When more warm sessions are kept ready, for example `Mon-Fri 09:45-10:30 20; "
        "2026-12-01 08:00-12:00 30`: days, a span of time, how many "
        "([operating.md](operating.md#sessions-that-are-ready-before-anybody-comes)).",
        "",
    )
    pool_timezone: str = setting(
        "CONTAINRLAB_POOL_TIMEZONE",
        check_time_zone,
        "Time zone of `CONTAINRLAB_POOL_SCHEDULE`, for example `Europe/Zurich`.",
        "",
        shown_default="this machine's",
    )
    judge_sandboxes: int = setting(
        "CONTAINRLAB_JUDGE_SANDBOXES",
        parse_count,
        "How many attempts are judged at once; the others wait in turn.",
        2,
    )

    judge_spares: int = setting(
        "CONTAINRLAB_JUDGE_SPARES",
        parse_whole_number,
        "How many judge sandboxes are kept ready, so that a check does not wait for one to start. Each holds "
        "about 80 MB of memory.",
        1,
    )

    session_disk_mb: int = setting(
        "CONTAINRLAB_SESSION_DISK_MB",
        parse_disk_mebibytes,
        "Disk of a session's engine (images, containers, build cache), in MiB, and 100 files for each. "
        "Taken only as it is filled, and given back at the session's end.",
        4096,
    )

    workspace_mb: int = setting(
        "CONTAINRLAB_WORKSPACE_MB",
        parse_disk_mebibytes,
        "Disk of a learner's workspace, in MiB, and 100 files for each of them. Taken only as it is filled. "
        "Raised, it holds from a learner's next session; lowered, for new learners.",
        1024,
    )

    disk_provider: str = setting(
        "CONTAINRLAB_DISK_PROVIDER",
        parse_disk_provider,
        "What bounds disks: `loop` (a file with a file system of its own), `xfs` (project quota), `tmpfs` "
        "(memory), `none`, or `auto` for the first of these that works here.",
        "auto",
    )

    runtime: str = setting(
        "CONTAINRLAB_RUNTIME",
        parse_text,
        "The engine's runtime for sessions and judge sandboxes, for example `sysbox-runc` or `kata`.",
        "",
        shown_default="the engine's default",
    )

    judge_disk_mb: int = setting(
        "CONTAINRLAB_JUDGE_DISK_MB",
        parse_count,
        "Disk of a judge sandbox, in MiB, and 100 files for each of them. Taken only as it is filled.",
        2048,
    )

    session_minutes: float = setting(
        "CONTAINRLAB_SESSION_MINUTES",
        parse_minutes,
        "How long a session lasts from its start, whatever goes on in it. A change holds for new sessions.",
        30.0,
        shown_default="`30`",
    )

    session_extensions: int = setting(
        "CONTAINRLAB_SESSION_EXTENSIONS",
        parse_whole_number,
        "How often a learner may extend a session.",
        1,
    )

    extension_minutes: float = setting(
        "CONTAINRLAB_EXTENSION_MINUTES",
        parse_minutes,
        "How much longer a session lasts with each extension.",
        15.0,
        shown_default="`15`",
    )

    idle_minutes: float = setting(
        "CONTAINRLAB_IDLE_MINUTES",
        parse_minutes,
        "A session in which nothing happened for so long ends before its time, so that another learner can "
        "have its memory. An open page counts as activity, so this is about closed ones.",
        15.0,
        shown_default="`15`",
    )

    hints: str = setting(
        "CONTAINRLAB_HINTS",
        parse_choice("ai", "author", "off"),
        "Who answers a learner who asks for a hint: `ai`, after the lab's author and the explanation of the "
        "log (without a key of the Gemini API it is as `author`); `author`, these two alone; `off`, nobody.",
        "ai",
    )

    hints_per_minute: int = setting(
        "CONTAINRLAB_HINTS_PER_MINUTE",
        parse_count,
        "How many hints and explanations a session may ask for in a minute.",
        5,
    )

    ai_hints_per_day: int = setting(
        "CONTAINRLAB_AI_HINTS_PER_DAY",
        parse_count,
        "How many hints by AI one learner may have within 24 hours of the first; then the course's own.",
        40,
    )

    ai_hints_per_course_day: int = setting(
        "CONTAINRLAB_AI_HINTS_PER_COURSE_DAY",
        parse_count,
        "How many hints by AI all learners together may have within 24 hours of the first; what they cost "
        "at most is in docs/hints.md.",
        1000,
    )

    gemini_api_key: str | None = setting(
        "GEMINI_API_KEY",
        parse_text,
        "Key of Google's Gemini API; turns hints by AI on. Only the course service reads it. Better given as "
        "`GEMINI_API_KEY_FILE`; if not, it is kept in the state folder, in the file `gemini_api_key`.",
        None,
        is_course_secret=True,
    )

    gemini_model: str = setting(
        "GEMINI_MODEL",
        parse_text,
        "Model that writes hints; docs/hints.md says why this one.",
        "gemini-3.5-flash-lite",
    )

    gemini_temperature: float = setting(
        "GEMINI_TEMPERATURE",
        parse_temperature,
        "How freely the model words a hint, 0 to 2. Google's newest models ignore it.",
        0.7,
        shown_default="`0.7`",
    )

    gemini_max_output_tokens: int = setting(
        "GEMINI_MAX_OUTPUT_TOKENS",
        parse_count,
        "The longest answer, in tokens (a word of English is about 1.3). A model that thinks first takes its "
        "thoughts from these too.",
        512,
    )

    gemini_timeout_seconds: float = setting(
        "GEMINI_TIMEOUT_SECONDS",
        parse_seconds,
        "How long a hint by AI may take as a whole; after that the learner gets one without AI.",
        20.0,
        shown_default="`20`",
    )

    gemini_url: str = setting(
        "GEMINI_URL",
        parse_web_address,
        "Where the Gemini API is, for example a proxy of yours that passes requests on; it is sent the key.",
        "https://generativelanguage.googleapis.com",
    )

    gemini_sdk: str = setting(
        "GEMINI_SDK",
        parse_choice("google-genai", "google-generativeai"),
        "Google's library that asks the model. `google-generativeai`, whose support ended in 2025, needs the "
        "extra of that name and gives an answer in one piece.",
        "google-genai",
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
    def is_https(self) -> bool:
        """Whether browsers come by https, and only so."""
        return self.public_url is not None and urlsplit(self.public_url).scheme == "https"

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

        Raises `SettingError`.
        """
        return cls(**read_settings(cls, environment))


def load_settings() -> Settings:
    """This process's settings. Raises `SettingError`."""
    return Settings.from_environment(os.environ)


def name_paths() -> dict[str, str]:
    """This process's settings that name a path, for a child that runs in another folder."""
    return absolute_paths(Settings, os.environ)


def pass_on_settings() -> dict[str, str]:
    """This process's settings, less the secrets, as environment of the course service.

    Its own secrets are taken out of this process's environment, which the hub's proxy inherits as a whole.
    """
    names = names_to_pass_on(Settings) | {"DOCKER_HOST"}
    passed_on = {name: value for name, value in os.environ.items() if name in names}
    for name in names_of_course_secrets(Settings):
        os.environ.pop(name, None)
    return passed_on


def describe_settings() -> Iterator[tuple[str, str, str]]:
    """Each setting as (environment variable, default as shown to a reader, meaning)."""
    return describe(Settings)
