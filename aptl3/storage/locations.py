"""The rows of locations: at which place which content was seen, and whether it is still there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

from aptl3.records.media import DATA, FileState
from aptl3.records.store import Location
from aptl3.storage.database import paged
from aptl3.storage.places import join, split
from aptl3.storage.url import place_to_url


def media_at(connection: sqlite3.Connection, place: str) -> int | None:
    """The media item that was last seen at an absolute path, or that a ``data:,`` URL stands for."""
    folder, name = split(place)
    row = connection.execute(
        "SELECT media FROM location WHERE folder = (SELECT id FROM folder WHERE path = ?) AND name = ?",
        (os.fsencode(folder), name),
    ).fetchone()
    return None if row is None else row[0]


def placed(connection: sqlite3.Connection, media: Iterable[int]) -> set[int]:
    """Those of these media items that are at a place."""
    rows = paged(connection, "SELECT media FROM location WHERE missing = 0 AND media IN ({})", media)
    return {row[0] for row in rows}


def of_media(connection: sqlite3.Connection, media: int) -> list[Location]:
    """The places of a content, those where it still is first."""
    rows = connection.execute(
        "SELECT path, name, size, mtime_ns, missing FROM location JOIN folder ON folder.id = location.folder"
        " WHERE media = ? ORDER BY missing, path, name",
        (media,),
    )
    places = []
    for folder, name, size, mtime, missing in rows:
        place = join(folder, name)
        path = None if place.startswith(DATA) else place
        places.append(Location(path, place_to_url(place), FileState(size, mtime), bool(missing)))
    return places


def spread(connection: sqlite3.Connection, count: int) -> list[str]:
    """A place of each of up to ``count`` media that are not missing, spread evenly over all, oldest first. One look-up
    by key each, however many there are."""
    [newest] = connection.execute("SELECT coalesce(max(id), 0) FROM media").fetchone()
    found = {}
    for number in range(min(count, newest)):
        row = connection.execute(
            "SELECT media, path, name FROM location JOIN folder ON folder.id = location.folder"
            " WHERE media >= ? AND missing = 0 ORDER BY media LIMIT 1",
            (number * newest // min(count, newest) + 1,),
        ).fetchone()
        if row is not None:
            found[row[0]] = join(row[1], row[2])
    return list(found.values())
