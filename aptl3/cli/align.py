"""``aptl3 align``: maps between models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library
from aptl3.records.relation import AlignmentRecord

COLUMNS = ("id", "name", "recipe", "photographs", "classes", "distance", "relation", "created")


@click.command("align", epilog="Example: aptl3 align --relation captions")
@click.argument("models", nargs=-1, metavar="[MODEL... | list | delete ID]")
@with_library
@click.option("--relation", help="Number or name of the captions to learn from; needed when there are several.")
@click.option(
    "--recipe",
    type=click.Choice(["joined", "pairs", "bootstrap"]),
    default="joined",
    show_default=True,
    help="Captions and the classes of picture models, captions alone, or classes alone.",
)
@click.option("--name", help="A name for the alignment.")
@click.option("--limit", type=click.IntRange(min=1), help="Learn from so many photographs at most.")
@with_json
def command(
    root: Path,
    models: tuple[str, ...],
    relation: str | None,
    recipe: str,
    name: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Fit a map between MODELs, all of the library by default, so that each is searched by what another embeds; list
    the maps that there are, or delete one.

    Four fifths of the photographs that have captions are learned from (aptl3 relations adds captions); the others are
    left to aptl3 evaluate. Searches take the newest map, those that were fitted on captions first.
    """
    from aptl3.cli.relations import named
    from aptl3.library import Library

    with Library(root) as library:
        if models == ("list",):
            _list(library.alignments(), as_json)
        elif models[:1] == ("delete",):
            number = _number(models[1:])
            library.remove_alignment(number)
            print_json({"deleted": number}) if as_json else click.echo(f"Deleted alignment {number}.")
        else:
            chosen = None if relation is None else named(library, relation)
            try:
                record = library.align(models, chosen, recipe, name, limit)
            except KeyboardInterrupt:
                click.echo("The fit goes on without you: `aptl3 align list` has the map when it is done.", err=True)
                raise
            print_json(asdict(record)) if as_json else click.echo(described(record))


def _number(given: Sequence[str]) -> int:
    if len(given) != 1 or not given[0].isdecimal():
        raise click.UsageError("Delete takes the number of one alignment: `aptl3 align list` has them.")
    return int(given[0])


def described(record: AlignmentRecord) -> str:
    """One line about an alignment."""
    sources = [
        *([f"{record.pairs} photographs with captions"] if record.pairs else []),
        *([f"{record.classes} classes"] if record.classes else []),
    ]
    return f"Alignment {record.id} {shown(record.name)}: of {' and '.join(sources)}, distance {record.distance:.3f}."


def _list(records: Sequence[AlignmentRecord], as_json: bool) -> None:
    if as_json:
        print_json([asdict(record) for record in records])
        return
    rows = []
    for record in records:
        figures = (record.recipe, record.pairs, record.classes, f"{record.distance:.3f}", record.relation or "")
        rows.append([str(one) for one in (record.id, shown(record.name), *figures, record.created)])
    click.echo(table(rows, COLUMNS) if rows else "No alignments yet: `aptl3 align` makes one.")
