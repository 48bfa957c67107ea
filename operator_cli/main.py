"""The `containrlab` command: its subcommands, and how an error becomes three lines and an exit code.

Exit codes: 0 done or passed, 1 failed, 2 usage or environment. A subcommand's module is loaded only when it
is called, so that --help answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from hub_config.settings import SettingError

from .errors import OperatorError

EXIT_ENVIRONMENT = 2

_COMMANDS = {
    "up": ("operator_cli.up:up", "Prepare this machine and run the course until Ctrl-C."),
    "prepare": ("operator_cli.prepare:prepare", "Do all that `up` does before it starts the hub."),
    "doctor": ("operator_cli.doctor:doctor", "Say whether this machine is fit for a course, and mend it."),
    "images": ("operator_cli.images_command:images", "Build the session image and the lab images."),
    "bench": ("operator_cli.bench.command:bench", "Measure how fast and small it is, against the plain way."),
    "judge": ("operator_cli.judge:judge", "Judge a local folder as the course would."),
    "rejudge": ("operator_cli.rejudge:rejudge", "Judge stored attempts again, and say what would change."),
    "grades": ("operator_cli.grades_command:grades", "Export where everybody stands, lab by lab."),
    "workspace": ("operator_cli.workspace_command:workspace", "List and export what learners wrote."),
    "sessions": ("operator_cli.sessions_command:sessions", "List, extend and end learners' sessions."),
    "backup": ("operator_cli.backup:backup", "Write all that a course needs to one file."),
    "restore": ("operator_cli.restore:restore", "Put a backup's course in place."),
    "db": ("operator_cli.db_command:db", "Bring the course's database to this version."),
    "lab": ("operator_cli.lab_command:lab", "Begin a lab, and test what its checks say."),
}


class LazyGroup(click.Group):
    """Loads a subcommand's module when it is called, and prints our errors without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table: what an operator needs first stands first."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, loaded now."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's own words, so that help loads nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an error of ours ends it with exit code 2."""
        try:
            return super().invoke(ctx)
        except SettingError as error:
            click.echo(f"Setting {error}", err=True)
            return ctx.exit(EXIT_ENVIRONMENT)
        except OperatorError as error:
            _print_error(error)
            return ctx.exit(EXIT_ENVIRONMENT)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="containrlab")
def cli() -> None:
    """Real Docker in the browser, for a class: labs on JupyterHub with a judge that learners cannot touch.

    Settings are environment variables; docs/settings.md lists them. Exit codes: 0 done or passed, 1 failed,
    2 usage or environment.
    """


def main() -> None:
    """Entry point of the console script."""
    cli()


def _print_error(error: OperatorError) -> None:
    for line in error.log_tail:
        click.echo(f"  | {line}", err=True)
    click.echo(f"Error: {error.problem}", err=True)
    click.echo(f"Why:   {error.reason}", err=True)
    click.echo(f"Mend:  {error.remedy}", err=True)
