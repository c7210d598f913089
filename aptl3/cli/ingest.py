"""``aptl3 ingest``: reads folders into the library."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aptl3.cli.common import absolute, print_json, shown, with_json, with_library, with_verbosity
from aptl3.config import default_settings, this_machine, with_workers
from aptl3.errors import BadArgument


@click.command("ingest", epilog="Example: aptl3 ingest ~/Pictures --workers decoder=4,extractor=1")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@with_library
@click.option("--workers", default="", help="Worker counts, as in decoder=4,extractor=1.")
@click.option("--detach", is_flag=True, help="Submit the job and return; `aptl3 jobs` follows it.")
@with_verbosity
@with_json
def command(root: Path, paths: tuple[str, ...], workers: str, detach: bool, verbosity: int, as_json: bool) -> int:
    """Read every photograph in PATHS once: new and changed files are embedded, the rest is left alone.

    Running the same command again goes on where it was. Ctrl-C commits what is in flight and leaves the job resumable.
    """
    from aptl3.cli.follow import exit_code, follow, summary
    from aptl3.records.job import Job
    from aptl3.service.client import Client

    with_workers(default_settings(this_machine()), workers)  # a mistake is told before anything starts
    chosen = absolute(paths)
    for path in chosen:
        if not os.path.lexists(path):
            raise BadArgument(f"{shown(path)} does not exist.")
    with Client.start(root, workers) as client:
        number = client.ingest(chosen, workers)
        job = Job.from_json(next(iter(client.follow(number)))) if detach else follow(client, number, verbosity)
    if as_json:
        print_json(job.as_json())
    elif detach:
        click.echo(f"Job {number} runs; `aptl3 jobs --follow {number}` shows it.")
    else:
        click.echo(summary(job))
    if job.error:
        click.echo(f"aptl3: {job.error}", err=True)
    return 0 if detach else exit_code(job)
