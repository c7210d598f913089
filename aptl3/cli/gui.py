"""``aptl3 gui``: the window."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import with_library
from aptl3.errors import Aptl3Error


@click.command("gui", epilog="Example: aptl3 gui")
@with_library
def command(root: Path) -> int:
    """Open the window: add folders, watch them being read, find things."""
    try:
        from aptl3.gui.application import run
    except ImportError as error:
        raise Aptl3Error(
            f"The window cannot be opened ({error}): install PyQt5 and, on Linux, its libraries "
            "(Debian, Ubuntu: apt install libgl1 libxkbcommon-x11-0 libdbus-1-3)."
        ) from error
    return run(root)
