"""``aptl3 relations``: which photographs and texts mean the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library, with_verbosity
from aptl3.errors import BadArgument

if TYPE_CHECKING:
    from aptl3.library import Library
    from aptl3.media.captions.captions import Captions
    from aptl3.records.relation import Related

_PLACE = click.Path()


@click.command("relations", epilog="Example: aptl3 relations add holidays --table captions.csv")
@click.argument("action", type=click.Choice(["list", "add", "delete"]), default="list")
@click.argument("name", required=False)
@click.option("--coco", type=_PLACE, metavar="FILE", help="Captions in COCO's JSON.")
@click.option("--photographs", type=_PLACE, metavar="FOLDER", help="Where the photographs of --coco lie.")
@click.option("--captions", type=click.Choice(["all", "one"]), default="all", help="Of each photograph of --coco.")
@click.option("--table", "csv", type=_PLACE, metavar="FILE", help="CSV or JSON lines of path and text.")
@click.option("--embedded", type=_PLACE, metavar="FOLDER", help="Captions inside photographs: IPTC, XMP, EXIF.")
@click.option("--sidecar", type=_PLACE, metavar="FOLDER", help="photo.txt or photo.jpg.txt beside photo.jpg.")
@with_library
@with_verbosity
@with_json
def command(
    root: Path,
    action: str,
    name: str | None,
    coco: str | None,
    photographs: str | None,
    captions: str,
    csv: str | None,
    embedded: str | None,
    sidecar: str | None,
    verbosity: int,
    as_json: bool,
) -> None:
    """List the library's relations; add captions to one, which begins with its first pair; or delete one, by name or
    number.

    A relation pairs photographs that the library has with texts. Alignments learn from four fifths of its photographs
    (training), evaluation asks for the others (validation).
    """
    from aptl3.library import Library

    places = {"coco": coco, "table": csv, "embedded": embedded, "sidecar": sidecar}
    given = {kind: place for kind, place in places.items() if place is not None}
    if (action == "list") != (name is None):
        raise click.UsageError(f"Say which relation to {action}." if name is None else f"List takes no name: {name}.")
    if len(given) != (action == "add"):
        raise click.UsageError("Add takes one of --coco, --table, --embedded and --sidecar; list and delete take none.")
    with Library(root) as library:
        if name is None:
            _list(library, as_json)
        elif action == "delete":
            _delete(library, name, as_json)
        else:
            [(kind, place)] = given.items()
            found = _read(kind, place, photographs, captions)
            related = relate(library, name, found, f"{kind}: {os.path.abspath(place)}", verbosity)
            if as_json:
                print_json(document(library, name, found, related))
            else:
                report(library, name, found, related)


def _list(library: Library, as_json: bool) -> None:
    from aptl3.fitting.evaluation.trial import Pairs

    rows = []
    for relation in library.relations():
        pairs = Pairs.of(library.store, relation.id)
        split = {"training": int(pairs.training.sum()), "validation": int(pairs.held.sum())}
        rows.append({**asdict(relation), **split})
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("id", "name", "pairs", "pictures", "texts", "training", "validation", "created", "source")
        click.echo(table([[shown(str(row[column])) for column in columns] for row in rows], columns))
    else:
        click.echo("No relations yet: `aptl3 relations add NAME --table captions.csv` makes one.")


def _delete(library: Library, name: str, as_json: bool) -> None:
    gone = library.remove_relation(named(library, name))
    if as_json:
        print_json(gone)
    else:
        click.echo(f"Deleted {shown(name)}: " + ", ".join(f"{count} {what}" for what, count in gone.items()) + ".")


def named(library: Library, name: str) -> str | int:
    """What a user calls a relation: its name, or else its number."""
    known = {relation.name for relation in library.relations()}
    return int(name) if name.isdecimal() and name not in known else name


def _read(kind: str, place: str, photographs: str | None, each: str) -> Captions:
    """All captions that are at ``place``. Raises BadArgument, before anything is stored."""
    from aptl3.media.captions import coco, embedded, sidecar, table

    if kind == "coco":
        return coco.read(place, photographs or _photographs_of(place), each)
    if kind == "table":
        return table.read(place)
    return embedded.read(place) if kind == "embedded" else sidecar.read(place)


def _photographs_of(file: str) -> Path:
    """Where COCO has the photographs of ``annotations/captions_train2017.json``."""
    from aptl3.coco.source import CocoFolder

    annotations, name = os.path.split(os.path.abspath(file))
    split = os.path.splitext(name)[0].removeprefix("captions_")
    try:
        return CocoFolder(Path(annotations).parent).photographs(split)
    except BadArgument as error:
        raise BadArgument(f"{file} does not lie as COCO lays it out: say where its --photographs are.") from error


def relate(library: Library, name: str, captions: Captions, source: str, verbosity: int) -> Related:
    """Stores the captions, with progress. Raises BadArgument when there are none, or none of a photograph that the
    library has."""
    from aptl3.cli.follow import Progress

    if not captions:
        raise BadArgument(f"There are no captions in {source}{_skipped(captions.skipped)}.")
    with Progress(verbosity) as progress:
        related = library.relate(name, captions, source=source, events=progress)
    if not (related.pairs or related.known):
        raise BadArgument(
            f"None of the {len(captions.photographs)} photographs is in the library: `aptl3 ingest FOLDER` them first."
        )
    return related


def document(library: Library, name: str, captions: Captions, related: Related) -> dict[str, Any]:
    """What became of the captions, for ``--json``."""
    [relation] = [one for one in library.relations() if one.name == name]
    return {"relation": asdict(relation), **asdict(related), "skipped": captions.skipped}


def report(library: Library, name: str, captions: Captions, related: Related) -> None:
    """Prints what became of the captions."""
    [relation] = [one for one in library.relations() if one.name == name]
    click.echo(
        f"Relation {relation.id} {shown(name)}: {related.pairs} new pairs, {related.known} known; it has "
        f"{relation.pairs} pairs of {relation.pictures} photographs and {relation.texts} texts."
    )
    if related.missing:
        click.echo(f"{related.missing} captions are of photographs that the library does not have.", err=True)
    if captions.skipped:
        click.echo(f"Left out{_skipped(captions.skipped)}.", err=True)


def _skipped(skipped: Mapping[str, int]) -> str:
    return "".join(f"; {count} × {why}" for why, count in skipped.items()).replace(";", ":", 1)
