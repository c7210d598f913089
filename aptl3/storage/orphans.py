"""Files that no row names: what a transaction that did not come to its end, or whose end nobody lived to see, left.

Guarantees: runs when the writer opens the library, after the catalog has said what is committed; takes nothing that a
row names.
"""

from __future__ import annotations

import sqlite3

from aptl3.storage.files import Files, translated
from aptl3.storage.layout import Layout, segment_file


def sweep(connection: sqlite3.Connection, files: Files, layout: Layout) -> None:
    """Removes segments, alignments, and folders of models that have no row. Who builds an index sweeps its files."""
    models = [name for (name,) in connection.execute("SELECT name FROM model")]
    segments = {segment_file(segment) for (segment,) in connection.execute("SELECT id FROM segment")}
    alignments = {file for (file,) in connection.execute("SELECT file FROM alignment")}
    with translated(layout.root):
        for parent, folders in (
            (layout.vectors, [layout.model_folder(model) for model in models]),
            (layout.indexes, [layout.index_folder(model) for model in models]),
        ):
            for path in set(parent.iterdir()) - set(folders):
                files.remove_folder(path) if path.is_dir() else files.remove(path)
        for path in layout.vectors.glob("*/*"):
            if path.name not in segments:
                files.remove(path)
        for path in layout.alignments.iterdir():
            if path.name not in alignments:
                files.remove_folder(path) if path.is_dir() else files.remove(path)
