"""``aptl3 search``: finds by words, by example, or by both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aptl3.cli.common import print_json, shown, with_json, with_library

if TYPE_CHECKING:
    from aptl3.library import Library
    from aptl3.records.query import Hit

WORDS = 100  # of a text are shown, characters
_HELD = {"image": "its photographs", "text": "its texts", "any": "what it holds"}
_NOTHING = {
    "image": "The library has no photographs: start with `aptl3 ingest FOLDER`.",
    "text": "The library has no texts: `aptl3 ingest` takes .txt files, `aptl3 relations` captions.",
    "any": "The library is empty: start with `aptl3 ingest FOLDER`.",
}


@click.command("search", epilog='Example: aptl3 search "a red car" --like 0.5:photo.jpg --not "at night"')
@click.argument("query", nargs=-1)
@with_library
@click.option("-n", "--number", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--like", multiple=True, metavar="[W:]WHAT", help="More like this: words, path, URL or media id.")
@click.option("--not", "unlike", multiple=True, metavar="[W:]WHAT", help="Less like this.")
@click.option(
    "--type",
    "modality",
    type=click.Choice(list(_NOTHING)),
    default="image",
    show_default=True,
    help="What is to be found.",
)
@with_json
def command(
    root: Path,
    query: tuple[str, ...],
    number: int,
    like: tuple[str, ...],
    unlike: tuple[str, ...],
    modality: str,
    as_json: bool,
) -> None:
    """Find what matches all of QUERY best: words, paths of pictures or texts, URLs or media ids.

    A line lies under the likely matches; scores say how far a hit stands out from the rest of the library.
    """
    from aptl3.library import Library

    if not (query or like or unlike):
        raise click.UsageError("Say what to search for: words, an image path, a URL or a media id.")
    with Library(root) as library:
        hits = library.search(*query, like=like, unlike=unlike, limit=number, modality=modality)
        nothing = None if hits else _why_nothing(library, modality)
    if as_json:
        print_json([as_document(hit) for hit in hits])
        return
    for line in listed(hits, number):
        click.echo(line)
    if nothing is not None:
        click.echo(nothing, err=True)


def _why_nothing(library: Library, modality: str) -> str:
    """All that has a vector is a hit, be it a far one."""
    counts = library.store.counts()
    held = {"image": counts.media - counts.texts, "text": counts.texts, "any": counts.media}
    if not held[modality]:
        return _NOTHING[modality]
    return (
        f"No model of the library has vectors of {_HELD[modality]}: `aptl3 models` lists its models, "
        "`aptl3 models add NAME` adds one."
    )


def as_document(hit: Hit) -> dict[str, Any]:
    """A hit as ``--json`` prints it."""
    document = asdict(hit)
    document["type"] = document.pop("modality")
    return document


def listed(hits: Sequence[Hit], asked: int) -> Iterator[str]:
    """One line for each hit, and one under the likely ones; by which way they came where there are several.
    ``asked``: how many hits were asked for, so that there may be more when there are as many."""
    several = len({hit.via for hit in hits}) > 1
    likely = sum(hit.likely for hit in hits)
    for number, hit in enumerate(hits):
        if number == likely:
            yield _line(likely, more=False)
        yield f"{hit.rank:4} {hit.score:7.2f}  {_what(hit)}" + (f"  ({hit.via})" if several else "")
    if hits and likely == len(hits):
        yield _line(likely, more=likely == asked)


def _line(likely: int, more: bool) -> str:
    if not likely:
        return "---- no likely matches; what comes nearest:"
    plural = "" if likely == 1 else "es"
    return f"---- {likely} likely match{plural} above" + (", perhaps more: ask for them with -n" if more else "")


def _what(hit: Hit) -> str:
    """The place of a picture; of a text its words, and its place if it lies in a file."""
    if hit.words is None:
        return shown(hit.path)
    words = " ".join(hit.words.split())
    text = f"“{shown(words if len(words) <= WORDS else words[: WORDS - 1] + '…')}”"
    return text if hit.path is None else f"{text}  {shown(hit.path)}"
