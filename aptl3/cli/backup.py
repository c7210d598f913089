"""``aptl3 backup``: a consistent copy while the library is in use."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import print_json, show_root, with_json, with_library


@click.command("backup", epilog="Example: aptl3 backup /media/disk/library-copy")
@click.argument("target", type=click.Path(path_type=Path))
@with_library
@with_json
def command(root: Path, target: Path, as_json: bool) -> None:
    """Copy the library to the folder TARGET, empty or absent. The copy is a library: search it with -d."""
    from aptl3.library import Library

    with Library(root) as library:
        library.backup(target)
        counts = library.status()
    if as_json:
        print_json({"target": str(target), "media": counts["media"], "locations": counts["locations"]})
    else:
        click.echo(f"Copied to {show_root(target)}: {counts['media']} media.")
