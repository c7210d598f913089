"""A library as an earlier aptl3 left it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from aptl3.storage.database import connect_writer, migrations


def make_older(root: Path) -> None:
    """An empty one in ``root``, to which the newest script of the schema is still to be applied."""
    root.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scripts:
        for path in migrations()[:-1]:
            shutil.copy(path, scripts)
        connect_writer(root / "library.sqlite3", Path(scripts)).close()
