"""The rows of indexes, whose files lie under ``indexes/<model>/``; what is in those is of ``index/``.

Guarantees: a row names files that were whole when it was added (who builds publishes them first, by renaming). The
newest row of a model is the one that answers; the older ones go with its coming.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from aptl3.records.index import IndexRecord
from aptl3.storage.layout import Layout


def listed(connection: sqlite3.Connection, model: str) -> list[IndexRecord]:
    """Those of a model, newest first."""
    return [
        IndexRecord(
            id=row[0],
            model=row[1],
            kind=row[2],
            files=tuple(json.loads(row[3])),
            segments={int(segment): rows for segment, rows in json.loads(row[4]).items()},
            settings=json.loads(row[5]),
            recall=row[6],
            milliseconds=row[7],
            why=row[8],
        )
        for row in connection.execute(
            "SELECT idx.id, model.name, kind, files, segments, settings, recall, milliseconds, why"
            " FROM idx JOIN model ON model.id = idx.model WHERE model.name = ? ORDER BY idx.id DESC",
            (model,),
        )
    ]


def covered(connection: sqlite3.Connection, model: str) -> int:
    """Vectors that the newest index covers. Counted from the tail's side, which is the short one."""
    indexes = listed(connection, model)
    if not indexes:
        return 0
    count = 0
    for segment, rows in indexes[0].segments.items():
        for (live,) in connection.execute("SELECT live FROM segment WHERE id = ?", (segment,)).fetchall():
            [tail] = connection.execute(
                "SELECT count(*) FROM vector WHERE segment = ? AND row >= ?", (segment, rows)
            ).fetchone()
            count += live - tail
    return count


def add(connection: sqlite3.Connection, model: int, record: IndexRecord) -> int:
    """A row for the model of that id; ``record`` tells the rest. Returns its own."""
    id = connection.execute(
        "INSERT INTO idx (model, kind, files, segments, settings, recall, milliseconds, why)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            model,
            record.kind,
            json.dumps(list(record.files)),
            json.dumps(dict(record.segments)),
            json.dumps(dict(record.settings)),
            record.recall,
            record.milliseconds,
            record.why,
        ),
    ).lastrowid
    assert id is not None
    return id


def remove(connection: sqlite3.Connection, layout: Layout, model: int, keep: Sequence[str] = ()) -> list[Path]:
    """Takes out the rows of the model of that id; returns their files, which are to go after the commit, but for those
    to ``keep``."""
    rows = connection.execute(
        "SELECT idx.id, name, files FROM idx JOIN model ON model.id = idx.model WHERE model = ?", (model,)
    ).fetchall()
    connection.executemany("DELETE FROM idx WHERE id = ?", [(id,) for id, _, _ in rows])
    return [layout.index_file(name, file) for _, name, files in rows for file in json.loads(files) if file not in keep]
