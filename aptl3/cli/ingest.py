"""``aptl3 ingest``: reads folders into the library."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aptl3.cli.common import absolute, print_json, shown, with_json, with_library, with_verbosity
from aptl3.config import parse_workers
from aptl3.errors import BadArgument
from aptl3.records.media import DATA


@click.command("ingest", epilog="Example: aptl3 ingest ~/Pictures --workers decoder=4,extractor=1")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@with_library
@click.option("--workers", default="", help="Worker counts, as in decoder=4,extractor=1.")
@click.option("--nice", is_flag=True, help="Give way to other programs: lower priority, fewer cores on battery.")
@click.option("--detach", is_flag=True, help="Submit the job and return; `aptl3 jobs` follows it.")
@with_verbosity
@with_json
def command(
    root: Path, paths: tuple[str, ...], workers: str, nice: bool, detach: bool, verbosity: int, as_json: bool
) -> int:
    """Read every photograph and text file in PATHS once: new and changed ones are embedded, the rest is left alone.
    'data:,some words' is a text that lies in no file.

    Running the same command again goes on where it was. Ctrl-C commits what is in flight and leaves the job resumable.
    """
    from aptl3.cli.follow import conclude, run_job
    from aptl3.service.client import Client

    parse_workers(workers)  # a mistake is told before anything starts
    chosen = absolute(paths)
    for path in chosen:
        if not path.startswith(DATA) and not os.path.lexists(path):
            raise BadArgument(f"{shown(path)} does not exist.")
    with Client.start(root, workers, create=True) as client:
        if not detach:
            job = run_job(client, lambda: client.ingest(chosen, workers, nice=nice), verbosity)
            if job.limited_by is not None and verbosity >= 0:
                click.echo(f"The {job.limited_by} held the other stages back.", err=True)
            return conclude(job, as_json)
        document = next(client.follow(client.ingest(chosen, workers, nice=nice)))
    if as_json:
        print_json(document)
    else:
        click.echo(f"Job {document['job']} runs; `aptl3 jobs --follow {document['job']}` shows it.")
    return 0
