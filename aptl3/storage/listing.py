"""What a folder's listing leaves in the catalog: the queue of new and changed files, and what is there no more.

Guarantees: a part of a listing is recorded once; the folder's row in ``job_folder`` remembers how far it is, and a
repetition changes nothing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from aptl3.failpoints import failpoint
from aptl3.records.failure import Reason
from aptl3.records.media import Entry
from aptl3.storage import failures
from aptl3.storage.places import Places, split

_STAGE = "loader"  # of failures that a listing meets


@dataclass(frozen=True)
class Listing:
    """A part of the listing of ``folder``; the fields are those of ``Checkpoint.record_listing``."""

    folder: str
    entries: Sequence[Entry]
    subfolders: Sequence[str]
    gone: Sequence[str]
    refused: Sequence[tuple[str, Reason, str]]
    after: str | None
    of: str | None


@dataclass(frozen=True)
class _Span:
    """The names that a part of a listing speaks of: above ``low``, up to ``high`` (None: to the end)."""

    low: bytes
    high: bytes | None
    only: bytes | None  # the one name, where a single file was listed

    def __contains__(self, name: bytes) -> bool:
        if self.only is not None:
            return name == self.only
        return self.low < name and (self.high is None or name <= self.high)


def record(connection: sqlite3.Connection, places: Places, job: int, listing: Listing) -> int | None:
    """Records one part; returns how many files went into the queue, None when nothing was to be recorded any more."""
    source = os.fsencode(listing.of or listing.folder)
    after = None if listing.after is None else os.fsencode(listing.after)
    row = connection.execute(
        "SELECT after FROM job_folder WHERE job = ? AND path = ? AND done = 0", (job, source)
    ).fetchone()
    if row is None or (after is not None and row[0] is not None and after <= row[0]):
        return None
    queued = _queue(connection, places, job, listing)
    failpoint("queue-filling")
    connection.executemany(
        "INSERT INTO job_folder (job, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(job, os.fsencode(os.path.join(listing.folder, subfolder))) for subfolder in listing.subfolders],
    )
    if not any(name == "" for name, _, _ in listing.refused):  # else nothing was seen of what is inside
        only = None if listing.of is None else split(listing.of)[1]
        _compare(connection, places, listing, _Span(row[0] or b"", after, only))
    for name, reason, text in listing.refused:
        place = (places.id(listing.folder), os.fsencode(name)) if name else _itself(places, listing.folder)
        failures.record(connection, place, failures.UNKNOWN, _STAGE, reason, text)
    connection.execute(
        "UPDATE job_folder SET after = ?, done = ? WHERE job = ? AND path = ?", (after, after is None, job, source)
    )
    return queued


def _queue(connection: sqlite3.Connection, places: Places, job: int, listing: Listing) -> int:
    if not listing.entries:
        return 0
    folder = places.id(listing.folder)
    return connection.executemany(
        "INSERT INTO job_item (job, folder, name, size, mtime_ns) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(job, folder, os.fsencode(entry.name), entry.state.size, entry.state.mtime_ns) for entry in listing.entries],
    ).rowcount


def _compare(connection: sqlite3.Connection, places: Places, listing: Listing, span: _Span) -> None:
    """Flags what is gone, clears the flag of what is there again, drops failures of what is no longer in the way."""
    failures.drop(connection, _itself(places, listing.folder))
    folder = places.known(listing.folder)
    if folder is None:
        return
    missing = connection.execute("SELECT name FROM location WHERE folder = ? AND missing = 1", (folder,)).fetchall()
    connection.executemany(
        "UPDATE location SET missing = 0 WHERE folder = ? AND name = ?",
        [(folder, name) for (name,) in missing if name in span],
    )
    gone = [(folder, os.fsencode(name)) for name in listing.gone]
    connection.executemany("UPDATE location SET missing = 1 WHERE folder = ? AND name = ?", gone)
    refused = {os.fsencode(name) for name, _, _ in listing.refused}
    refused.update(os.fsencode(os.path.basename(subfolder)) for subfolder in listing.subfolders)
    unlisted = connection.execute(
        "SELECT name FROM failure WHERE folder = ? AND size = ?", (folder, failures.UNKNOWN.size)
    ).fetchall()
    heeded = [(folder, name) for (name,) in unlisted if name in span and name not in refused]
    for place in gone + heeded:
        failures.drop(connection, place)


def flag_missing(connection: sqlite3.Connection, places: Places, folder: str) -> None:
    known = places.known(folder)
    gone = [(id,) for id, _ in places.below(folder)] + ([(known,)] if known is not None else [])
    connection.executemany("UPDATE location SET missing = 1 WHERE folder = ? AND missing = 0", gone)
    connection.executemany("DELETE FROM failure WHERE folder = ?", gone)


def _itself(places: Places, folder: str) -> tuple[int, bytes]:
    """A folder as a location in the one above it."""
    parent, name = split(folder)
    return places.id(parent), name
