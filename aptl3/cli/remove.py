"""``aptl3 remove``: takes media out of the library."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import absolute, print_json, with_json, with_library
from aptl3.errors import BadArgument


@click.command("remove", epilog="Example: aptl3 remove ~/Pictures/private")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@with_library
@with_json
def command(root: Path, paths: tuple[str, ...], as_json: bool) -> None:
    """Take what lies at or under PATHS out of the library, with its vectors and thumbnails. No file is touched.

    A photograph that the library also knows at another place stays, for that place.
    """
    from aptl3.library import Library

    with Library(root) as library:
        counts = library.remove(*absolute(paths))
    if not any(counts.values()):
        raise BadArgument("The library knows nothing at or under these paths: `aptl3 search` shows what it knows.")
    if as_json:
        print_json(counts)
    else:
        click.echo(f"Removed {counts['media']} media, {counts['locations']} places, {counts['vectors']} vectors.")
