"""``aptl3 jobs``: lists, follows, pauses, resumes and cancels jobs."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library, with_verbosity
from aptl3.errors import BadArgument


@click.command("jobs", epilog="Example: aptl3 jobs --pause 3")
@with_library
@click.option("--follow", "follow_number", type=int, metavar="JOB", help="Show the job's progress until it rests.")
@click.option("--pause", type=int, metavar="JOB", help="Hand out nothing more of the job.")
@click.option("--resume", type=int, metavar="JOB", help="Go on with a paused or interrupted job, and follow it.")
@click.option("--cancel", type=int, metavar="JOB", help="End the job; what is in the library stays.")
@with_verbosity
@with_json
def command(
    root: Path,
    follow_number: int | None,
    pause: int | None,
    resume: int | None,
    cancel: int | None,
    verbosity: int,
    as_json: bool,
) -> int:
    """List the library's jobs, or do one thing to one of them."""
    from aptl3.cli.follow import exit_code, follow, summary
    from aptl3.service.client import Client

    chosen = [number for number in (follow_number, pause, resume, cancel) if number is not None]
    if len(chosen) > 1:
        raise BadArgument("Give one of --follow, --pause, --resume and --cancel.")
    if not chosen:
        _list(root, as_json)
        return 0
    with Client.start(root) as client:
        if pause is not None or cancel is not None:
            client.ask("pause" if pause is not None else "cancel", job=chosen[0])
        if resume is not None:
            client.ask("resume", job=resume)
        job = follow(client, chosen[0], verbosity if follow_number or resume else -1)
    print_json(job.as_json()) if as_json else click.echo(summary(job))
    return exit_code(job) if follow_number or resume else 0


def _list(root: Path, as_json: bool) -> None:
    from aptl3.storage.store import Store

    with Store.open(root) as store:
        jobs = store.jobs()
    if as_json:
        print_json([job.as_json() for job in jobs])
    elif jobs:
        rows = [
            (
                str(job.id),
                job.state.value,
                str(job.counts.found),
                str(job.pending),
                str(job.counts.added),
                str(job.counts.failed),
                shown(" ".join(job.paths)),
            )
            for job in jobs
        ]
        click.echo(table(rows, ("job", "state", "found", "left", "added", "failed", "paths")))
    else:
        click.echo("No jobs yet: start with `aptl3 ingest FOLDER`.")
