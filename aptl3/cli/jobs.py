"""``aptl3 jobs``: lists, follows, pauses, resumes and cancels jobs."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library, with_verbosity
from aptl3.errors import BadArgument
from aptl3.records.job import Job

JOB = click.IntRange(1, 1 << 62)


@click.command("jobs", epilog="Example: aptl3 jobs --pause 3")
@with_library
@click.option("--follow", "follow_number", type=JOB, metavar="JOB", help="Show the job's progress until it rests.")
@click.option("--pause", type=JOB, metavar="JOB", help="Hand out nothing more of the job.")
@click.option("--resume", type=JOB, metavar="JOB", help="Go on with a paused or interrupted job, and follow it.")
@click.option("--cancel", type=JOB, metavar="JOB", help="End the job; what is in the library stays.")
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
    from aptl3.cli.follow import conclude, run_job, watch
    from aptl3.service.client import Client

    chosen = [number for number in (follow_number, pause, resume, cancel) if number is not None]
    if len(chosen) > 1:
        raise BadArgument("Give one of --follow, --pause, --resume and --cancel.")
    if not chosen:
        _list(root, as_json)
        return 0
    with Client.start(root) as client:
        if resume is not None:
            client.ask("resume", job=resume)
            return conclude(run_job(client, lambda: chosen[0], verbosity), as_json)
        if follow_number is not None:
            return conclude(watch(client, follow_number, verbosity), as_json)
        client.ask("pause" if pause is not None else "cancel", job=chosen[0])
        *_, last = client.follow(chosen[0])
    conclude(Job.from_json(last), as_json)
    return 0


def _list(root: Path, as_json: bool) -> None:
    from aptl3.library import Library

    with Library(root) as library:
        jobs = library.jobs()
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
                _paths(job),
            )
            for job in jobs
        ]
        click.echo(table(rows, ("job", "state", "found", "left", "added", "failed", "paths")))
    else:
        click.echo("No jobs yet: start with `aptl3 ingest FOLDER`.")


def _paths(job: Job) -> str:
    if not job.paths:
        return "(what was lacking)"
    more = len(job.paths) - 1
    return shown(job.paths[0]) + (f" and {more} more" if more else "")
