"""``aptl3 verify``: checks the whole store."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import print_json, with_json, with_library


@click.command("verify", epilog="Example: aptl3 verify --json")
@with_library
@with_json
def command(root: Path, as_json: bool) -> int:
    """Check the catalog, every vector, thumbnail and index; exit with 1 when something is wrong."""
    from aptl3.library import Library

    with Library(root) as library:
        problems = library.verify()
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    else:
        click.echo("\n".join(problems) if problems else "The library is sound.")
    return 1 if problems else 0
