"""``aptl3 search``: finds by words, by example, or by both."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, with_json, with_library


@click.command("search", epilog='Example: aptl3 search "a red car" --like 0.5:photo.jpg --not "at night"')
@click.argument("query", nargs=-1)
@with_library
@click.option("-n", "--number", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--like", multiple=True, metavar="[W:]WHAT", help="More like this: words, path, URL or media id.")
@click.option("--not", "unlike", multiple=True, metavar="[W:]WHAT", help="Less like this.")
@with_json
def command(
    root: Path, query: tuple[str, ...], number: int, like: tuple[str, ...], unlike: tuple[str, ...], as_json: bool
) -> None:
    """Find the photographs that match all of QUERY best: words, image paths, URLs or media ids."""
    from aptl3.library import Library

    if not (query or like or unlike):
        raise click.UsageError("Say what to search for: words, an image path, a URL or a media id.")
    with Library(root) as library:
        hits = library.search(*query, like=like, unlike=unlike, limit=number)
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    for hit in hits:
        click.echo(f"{hit.rank:4} {hit.score:7.3f}  {shown(hit.path)}")
    if not hits:
        click.echo("The library is empty: start with `aptl3 ingest FOLDER`.", err=True)
