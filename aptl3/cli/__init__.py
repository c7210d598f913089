"""The command line. One file a command; a command's module is imported when the command is used.

Answers go to standard output, progress and log lines to standard error. Errors that the user can mend are one line and
exit with 1 (2 for a wrong command line); Ctrl-C exits with 130; a bug shows its traceback.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from aptl3 import __version__
from aptl3.errors import Aptl3Error

SEED = ("manifolds", "build_procrustes", "make_thumbs", "qt")  # of the first README; they live in one module
COMMANDS = (
    *("ingest", "search", "status", "jobs", "failures", "index", "remove", "backup", "verify", "serve", "demo"),
    *("models", "relations", "load_coco", "align", "evaluate", "tune", "quantize", "gui"),
    *SEED,
)


class _Commands(click.Group):
    """Commands by name, each from the module of that name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in SEED:
            commands: dict[str, click.Command] = importlib.import_module("aptl3.cli.seed").COMMANDS
            return commands[cmd_name]
        command: click.Command = importlib.import_module(f"aptl3.cli.{cmd_name}").command
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aptl3")
def aptl3() -> None:
    """Search your own photographs by words and by example, privately, on your own machine.

    \b
    aptl3 ingest ~/Pictures
    aptl3 search "a dog on the beach"
    """


def main(arguments: list[str] | None = None) -> None:
    """Entry point; exits."""
    try:
        code = aptl3.main(arguments, prog_name="aptl3", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Aptl3Error as error:
        click.echo(f"aptl3: {error}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has had enough, as in `aptl3 search … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
