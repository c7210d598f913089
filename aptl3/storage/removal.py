"""Taking media out of a library.

Guarantees: what has no location any more goes with its vectors and thumbnail, also content that an edited file had
before; so do the captions of a photograph that lie in no file and belong to nothing else. Deleted rows are overwritten
in the catalog: who removes a photograph wants it gone. The rows of vectors stay in their segments until
``Writer.compact``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from aptl3.records.store import Removed
from aptl3.storage import database, relations
from aptl3.storage.places import Places, split


def remove(connection: sqlite3.Connection, places: Places, paths: Sequence[str]) -> Removed:
    """Takes out the locations at and below ``paths`` (absolute). Jobs forget what they were to do there: a job that
    fills in what media lack would bring back what was removed."""
    with database.overwriting(connection):
        before = _totals(connection)
        for path in paths:
            _remove_places(connection, places, path)
        relations.mark_texts(connection, "NOT EXISTS (SELECT 1 FROM location WHERE location.media = pair.a)")
        connection.execute(
            "DELETE FROM media WHERE NOT EXISTS (SELECT 1 FROM location WHERE location.media = media.id)"
        )
        relations.drop_marked(connection, places)
        _remove_folders(connection)
        places.forget()
        after = _totals(connection)
    return Removed(*(old - new for old, new in zip(before, after, strict=True)))


def _remove_places(connection: sqlite3.Connection, places: Places, path: str) -> None:
    folders = [(id,) for id, _ in places.below(path)]
    itself, (parent, name) = places.known(path), split(path)
    if itself is not None:
        folders.append((itself,))
    above = places.known(parent)
    for table in ("location", "failure", "job_item"):
        connection.executemany(f"DELETE FROM {table} WHERE folder = ?", folders)
        if above is not None:
            connection.execute(f"DELETE FROM {table} WHERE folder = ? AND name = ?", (above, name))


def _remove_folders(connection: sqlite3.Connection) -> None:
    """Names of folders go with the last thing that was known in them."""
    connection.execute(
        "DELETE FROM folder WHERE "
        + " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.folder = folder.id)"
            for table in ("location", "failure", "job_item")
        )
    )


def _totals(connection: sqlite3.Connection) -> tuple[int, int, int, int]:
    counters = dict(connection.execute("SELECT name, value FROM counter"))
    [vectors] = connection.execute("SELECT coalesce(sum(live), 0) FROM segment").fetchone()
    return counters["location"], counters["media"], vectors, counters["thumbnail"]
