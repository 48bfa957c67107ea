"""`containrlab up`: the whole course on this machine, from nothing, until it is told to stop."""

from __future__ import annotations

import os

import click

from hub_config.settings import Settings, load_settings, name_paths
from spawner.docker_engine import connect_engine

from .course_copy import upgrade_course
from .course_labs import read_course
from .egress_proxy import egress_proxy
from .engine import wait_for_engine
from .engine_guard import guarded_engine
from .errors import AlreadyRunning, NeedsRoot, OperatorError
from .firewall import guarded_firewall
from .hub_process import end_leftovers, running_hub
from .locks import try_state_lock
from .own_process import OwnProcess
from .packages import Packages, is_root
from .passwords import admin_password, admin_password_file, make_operator_token, trial_password
from .ports import require_free_ports
from .prepare import prepare_machine
from .progress import Progress
from .remains import count_sessions, remove_sandboxes, remove_sessions
from .stopping import Leave, stop_by_signal

UP_LOCK = "up"
"""Held as long as a course runs on the state folder."""


@click.command()
def up() -> None:
    """Prepare this machine and run the course until Ctrl-C.

    Installs and starts what is missing (Docker engine, egress proxy, images), loads the firewall, starts the
    hub on CONTAINRLAB_PORT, and prints where to sign in and with what. Without GitHub sign-in it is a trial
    that only this machine reaches. What dies is started again, and sessions go on meanwhile.

    Ctrl-C or SIGTERM stops the hub and every session; SIGUSR1 leaves the sessions to the next `up`. Learners'
    files stay in any case. Needs root.
    """
    settings = load_settings()
    progress = Progress()
    if not is_root():
        raise NeedsRoot("Running a course")
    with try_state_lock(settings, UP_LOCK) as is_ours, stop_by_signal():
        if not is_ours:
            raise AlreadyRunning(
                "A course runs already",
                f"another `containrlab up` works in {settings.state_dir}",
                "stop that one, or set CONTAINRLAB_STATE_DIR, CONTAINRLAB_INSTANCE and "
                "CONTAINRLAB_BRIDGE_PREFIX, and the ports, for a second course",
            )
        try:
            _run(settings, progress)
        except Leave:
            click.echo("Stopped; sessions go on. Start again with: make up")
        except KeyboardInterrupt:
            click.echo("Stopped.")


def _run(settings: Settings, progress: Progress) -> None:
    packages = Packages(progress)
    read_course(settings)  # so does the service, but what is wrong is told here and now
    end_leftovers(settings, progress)
    upgrade_course(settings)  # likewise
    require_free_ports(settings)
    prepare_machine(settings, packages, progress)
    remove_sandboxes(settings, progress)
    environment = {**os.environ, **name_paths(), **_made_secrets(settings)}
    try:
        with (
            guarded_engine(settings, progress),
            guarded_firewall(settings, packages, progress),
            egress_proxy(settings, packages, progress),
            running_hub(settings, environment, progress) as hub,
        ):
            _print_welcome(settings, hub.process)
            hub.keep_running(wait_for_engine)
    except (Leave, OperatorError):
        if left := count_sessions(settings):
            progress.say(f"Sessions that go on without a hub, until the next start: {left}")
        raise
    except KeyboardInterrupt:
        remove_sessions(connect_engine(), settings, progress)
        raise
    finally:
        remove_sandboxes(settings, progress)


def _made_secrets(settings: Settings) -> dict[str, str]:
    """What was made; the operator's own are in the environment already."""
    made = {}
    if settings.operator_token is None:
        made["CONTAINRLAB_OPERATOR_TOKEN_FILE"] = str(make_operator_token(settings))
    if not settings.is_trial:
        return made
    if settings.trial_password is None:
        made["CONTAINRLAB_TRIAL_PASSWORD"] = trial_password(settings)
    if settings.admin_password is None:
        made["CONTAINRLAB_ADMIN_PASSWORD"] = admin_password(settings)
    return made


def _print_welcome(settings: Settings, hub: OwnProcess) -> None:
    click.echo()
    click.echo(f"ContainrLab runs at {settings.public_url or f'http://127.0.0.1:{settings.port}'}")
    if settings.is_trial:
        click.echo(f"  Learners   any name, password {trial_password(settings)}")
        admins = ", ".join(settings.admins)
        if settings.admin_password is None:
            click.echo(f"  Admins     {admins}, password in {admin_password_file(settings)}")
    click.echo(f"  Log        {hub.log_file}")
    click.echo(f"  Stop       Ctrl-C, or: kill {os.getpid()}")
    click.echo(f"  New settings, and sessions go on: kill -USR1 {os.getpid()}, then start again")
