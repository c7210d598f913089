"""Failure rows: one a location, with the state in which the file failed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from aptl3.records.failure import Failure, Reason
from aptl3.records.media import FileState
from aptl3.storage.places import Places, join, split
from aptl3.storage.url import place_to_url, url_to_place

# Reasons that lie outside the file's bytes: the same file may well succeed the next time, so it is tried again.
PASSING = (Reason.VANISHED, Reason.CHANGED, Reason.UNREADABLE)
UNKNOWN = FileState(-1, -1)  # of a file whose size could not be learnt; equals that of no file


def page(connection: sqlite3.Connection, after: str | None, limit: int) -> list[Failure]:
    """Rows by folder and name, from behind the URL ``after``."""
    folder, name = ("", b"") if after is None else split(url_to_place(after))
    rows = connection.execute(
        "SELECT path, name, stage, reason, error, attempts FROM failure JOIN folder ON folder.id = failure.folder"
        " WHERE (path, name) > (?, ?) ORDER BY path, name LIMIT ?",
        (os.fsencode(folder), name, limit),
    )
    return [
        Failure(place_to_url(join(folder, name)), stage, Reason(reason), error, attempts)
        for folder, name, stage, reason, error, attempts in rows
    ]


def record(
    connection: sqlite3.Connection,
    place: tuple[int, bytes],
    state: FileState,
    stage: str,
    reason: Reason,
    error: str,
) -> None:
    """One more attempt that failed; the count starts again when the file has changed."""
    connection.execute(
        "INSERT INTO failure (folder, name, size, mtime_ns, stage, reason, error, attempts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (folder, name) DO UPDATE SET"
        " attempts = CASE WHEN size = excluded.size AND mtime_ns = excluded.mtime_ns THEN attempts + 1 ELSE 1 END,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns, stage = excluded.stage, reason = excluded.reason,"
        " error = excluded.error, retry = 0",
        (*place, state.size, state.mtime_ns, stage, reason.value, error),
    )


def drop(connection: sqlite3.Connection, place: tuple[int, bytes]) -> bool:
    """Deletes a location's row; False when it had none."""
    return connection.execute("DELETE FROM failure WHERE folder = ? AND name = ?", place).rowcount == 1


def forget(connection: sqlite3.Connection, places: Places, urls: Sequence[str] | None) -> int:
    """Deletes the rows of these locations, or all; returns how many there were."""
    if urls is None:
        return connection.execute("DELETE FROM failure").rowcount
    return sum([drop(connection, place) for place in _places(places, urls)])


def retry(connection: sqlite3.Connection, places: Places, urls: Sequence[str] | None) -> list[str]:
    """Marks these failures, or all, to be tried again though their files have not changed; returns the paths. The rows
    and their counts of attempts stay until the file succeeds."""
    if urls is None:
        connection.execute("UPDATE failure SET retry = 1")
    else:
        connection.executemany("UPDATE failure SET retry = 1 WHERE folder = ? AND name = ?", _places(places, urls))
    rows = connection.execute(
        "SELECT path, name FROM failure JOIN folder ON folder.id = failure.folder WHERE retry = 1 ORDER BY path, name"
    ).fetchall()
    paths = [join(folder, name) for folder, name in rows]
    asked = None if urls is None else set(map(url_to_place, urls))
    return [path for path in paths if asked is None or path in asked]


def _places(places: Places, urls: Sequence[str]) -> list[tuple[int, bytes]]:
    found = []
    for url in urls:
        folder, name = split(url_to_place(url))
        id = places.known(folder)
        if id is not None:
            found.append((id, name))
    return found
