"""``aptl3 index``: which index answers, and why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from aptl3.cli.common import print_json, with_json, with_library


@click.command("index", epilog="Example: aptl3 index --rebuild")
@with_library
@click.option("--rebuild", is_flag=True, help="Build and measure anew, and wait for it.")
@with_json
def command(root: Path, rebuild: bool, as_json: bool) -> None:
    """Show which index answers for each model, its measured recall and latency, and why it was chosen."""
    from aptl3.library import Library

    with Library(root) as library:
        records = library.rebuild_indexes() if rebuild else library.indexes()
        answering = library.answering()
    if as_json:
        print_json([asdict(record) for record in records])
        return
    for record in records:
        rows = sum(record.segments.values())
        click.echo(
            f"{record.model}: {record.kind} over {rows} vectors, recall@10 {record.recall:.3f}, "
            f"{record.milliseconds:.2f} ms a query\n  {record.why}"
        )
    for one in answering:
        if one.wrong is not None:
            click.echo(f"{one.model}: {one.wrong}; every vector is compared until `aptl3 index --rebuild`.")
    if not records:
        click.echo("No index yet: every vector is compared, exactly.")
