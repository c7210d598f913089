"""``aptl3 status``: what the library holds and what is going on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aptl3.cli.common import print_json, show_root, table, with_json, with_library


def tuned(document: dict[str, Any]) -> str:
    """What was tuned when, or why it is not used, in a line."""
    if document["unfit"] is not None:
        return f"tuned settings are kept, but not used: {document['unfit']}; `aptl3 tune` measures this machine"
    cores = document["settings"]["cores"]
    said = f"tuned on {document['when'][:10]}: {document['per_second']:.1f} files/s"
    return said if cores is None else f"{said} on {cores} of {document['machine']['cores']} cores"


def staffed(supervisor: dict[str, Any]) -> str:
    """What holds a job up, and how it gives way, in a line."""
    held, nice = supervisor["limiting"], supervisor["nice"]
    said = "The supervisor runs" + ("" if held is None else f"; the {held} holds the other stages back")
    if nice is not None:
        why = f" ({nice['reason']})" if nice["reason"] else ""
        said += f"; it gives way to other programs, on {nice['cores']} of {nice['of']} cores{why}"
    return said + "."


@click.command("status", epilog="Example: aptl3 status --json")
@with_library
@with_json
def command(root: Path, as_json: bool) -> None:
    """Show what the library holds, its jobs, and each stage's workers, queue and rate."""
    from aptl3.library import Library

    with Library(root) as library:
        status = library.status()
    if as_json:
        print_json(status)
        return
    click.echo(
        f"{show_root(root)}: {status['media']} media ({status['texts']} texts) at {status['locations']} places, "
        f"{status['thumbnails']} thumbnails, {status['failures']} failures"
    )
    for model in status["models"]:
        click.echo(f"  {model['name']}: {model['vectors']} vectors of {model['dim']}, {model['indexed']} indexed")
    if status["tuned"] is not None:
        click.echo(f"  {tuned(status['tuned'])}")
    for job in status["jobs"]:
        if job["state"] not in ("done", "cancelled"):
            click.echo(f"  job {job['job']}: {job['state']}, {job['pending']} of {job['found']} files left")
    supervisor = status["supervisor"]
    if supervisor is None:
        click.echo("No supervisor runs.")
        return
    click.echo(staffed(supervisor))
    rows = [
        (
            name,
            str(one["workers"]),
            str(one["queued"]),
            str(one["in_flight"]),
            str(one["done"]),
            f"{one['per_second']:.1f}",
            f"{one['busy']:.2f}",
        )
        for name, one in supervisor["stages"].items()
    ]
    click.echo(table(rows, ("stage", "workers", "queued", "in flight", "done", "per second", "busy")))
