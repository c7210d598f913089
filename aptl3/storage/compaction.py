"""Rewriting segments without the rows of media that were removed.

Guarantees: the new files are on the disk before the transaction commits that turns the catalog to them; the old ones
are removed after it. A crash leaves all old or all new, and files that the next writer removes. Readers keep their
maps.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from aptl3.records.store import Compacted
from aptl3.storage.files import translated
from aptl3.storage.segments import ModelRow, Segments

_WINDOW = 8 << 20  # bytes read at once


class Rewritten(NamedTuple):
    """What was done, the models it was done to, and the old files, to be removed after the commit."""

    counts: Compacted
    models: set[int]
    old: list[Path]


def compact(connection: sqlite3.Connection, segments: Segments) -> Rewritten:
    """Rewrites every segment that has dead rows, within the open transaction."""
    dying = connection.execute(
        "SELECT segment.id, rows, live, model.id, name, dim, dtype"
        " FROM segment JOIN model ON model.id = segment.model WHERE live < rows ORDER BY segment.id"
    ).fetchall()
    dead, freed = 0, 0
    models: set[int] = set()
    old: list[Path] = []
    for segment, rows, live, *fields in dying:
        model = ModelRow(*fields)
        old.append(_rewrite(connection, segments, model, segment))
        models.add(model.id)
        dead += rows - live
        freed += (rows - live) * model.width
    return Rewritten(Compacted(len(dying), dead, freed), models, old)


def _rewrite(connection: sqlite3.Connection, segments: Segments, model: ModelRow, segment: int) -> Path:
    source = segments.layout.segment(model.name, segment)
    kept = connection.execute("SELECT row, media FROM vector WHERE segment = ? ORDER BY row", (segment,)).fetchall()
    if kept:
        new, target = segments.begin(model)
        with translated(segments.layout.root):
            _copy(segments, source, target, model.width, [row for row, _ in kept])
        connection.executemany(
            "UPDATE vector SET segment = ?, row = ? WHERE media = ? AND model = ?",
            [(new, row, media, model.id) for row, (_, media) in enumerate(kept)],
        )
        connection.execute("UPDATE segment SET rows = ?, live = ? WHERE id = ?", (len(kept), len(kept), new))
    connection.execute("DELETE FROM segment WHERE id = ?", (segment,))
    return source


def _copy(segments: Segments, source: Path, target: Path, width: int, rows: list[int]) -> None:
    """Copies these rows (ascending) to a new file and syncs it, with its name."""
    files, window = segments.files, max(1, _WINDOW // width)
    handle = segments.create(target)
    try:
        with open(source, "rb") as old:
            start, written = 0, 0
            while start < len(rows):
                first = rows[start]
                end = start
                while end < len(rows) and rows[end] < first + window:
                    end += 1
                old.seek(first * width)
                data = memoryview(old.read((rows[end - 1] + 1 - first) * width))
                kept = b"".join([data[(row - first) * width : (row - first + 1) * width] for row in rows[start:end]])
                files.write(handle, kept, written)
                start, written = end, written + len(kept)
        files.sync(handle)
    finally:
        files.close(handle)
    files.sync_folder(target.parent)
