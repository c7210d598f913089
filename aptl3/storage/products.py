"""Which of the wanted products media have, and which they lack.

Guarantees: what is asked of a picture and of a text is asked by what the medium is, not by its name. A file whose
failure lies in its bytes counts as done until it changes or ``retry`` was asked for it.
"""

from __future__ import annotations

import os
import sqlite3

from aptl3.records.failure import Reason
from aptl3.records.media import FileState, Products, Wanted
from aptl3.storage.failures import PASSING

_SHOWN = {"image": "thumbnail", "text": "text"}  # the table of what is shown of a medium


def lacking(connection: sqlite3.Connection, hash: bytes, wanted: Wanted, modality: str) -> tuple[int | None, Products]:
    row = connection.execute("SELECT id, modality FROM media WHERE hash = ?", (hash,)).fetchone()
    if row is None:
        return None, wanted.of(modality)
    media, modality = row
    products = wanted.of(modality)
    stored = connection.execute(
        "SELECT name FROM vector JOIN model ON model.id = vector.model WHERE media = ?", (media,)
    ).fetchall()
    shown = (
        not products.thumbnail
        or connection.execute(f"SELECT 1 FROM {_SHOWN[modality]} WHERE media = ?", (media,)).fetchone()
    )
    return media, Products(tuple(name for name in products.models if (name,) not in stored), not shown)


def folder_state(
    connection: sqlite3.Connection, folder: str, wanted: Wanted, only: str | None = None
) -> dict[str, tuple[FileState, bool]]:
    row = connection.execute("SELECT id FROM folder WHERE path = ?", (os.fsencode(folder),)).fetchone()
    if row is None:
        return {}
    one, row = ("", row) if only is None else (" AND name = ?", (*row, os.fsencode(only)))
    located = connection.execute(
        f"SELECT name, location.size, mtime_ns, {_complete(connection, wanted)}"
        f" FROM location JOIN media ON media.id = location.media WHERE folder = ?{one}",
        row,
    ).fetchall()
    failed = connection.execute(
        f"SELECT name, size, mtime_ns, reason, retry FROM failure WHERE folder = ?{one} AND size >= 0", row
    ).fetchall()
    decode = os.fsdecode
    known = {decode(name): (FileState(size, mtime), bool(done)) for name, size, mtime, done in located}
    for name, size, mtime, reason, retry in failed:
        known[decode(name)] = FileState(size, mtime), not retry and Reason(reason) not in PASSING
    return known


def queue(connection: sqlite3.Connection, job: int, wanted: Wanted) -> int:
    """Queues one place of each medium that lacks something: one from where it has not gone, and where no failure is in
    the way. Returns how many. One statement: 3 s for a million media."""
    passing = ", ".join(f"'{reason.value}'" for reason in PASSING)
    return connection.execute(
        "INSERT INTO job_item (job, folder, name, size, mtime_ns)"
        " SELECT ?, folder, name, location.size, mtime_ns FROM media JOIN location ON location.media = media.id"
        f" WHERE NOT {_complete(connection, wanted)} AND (folder, name) = ("
        "  SELECT folder, name FROM location AS place WHERE place.media = media.id AND missing = 0"
        "  AND NOT EXISTS (SELECT 1 FROM failure WHERE failure.folder = place.folder AND failure.name = place.name"
        f"  AND retry = 0 AND reason NOT IN ({passing}))"
        "  ORDER BY folder, name LIMIT 1)"
        " ORDER BY folder, name"
        " ON CONFLICT DO NOTHING",
        (job,),
    ).rowcount


def _complete(connection: sqlite3.Connection, wanted: Wanted) -> str:
    """An SQL expression that says of a row of ``media`` whether it lacks nothing."""
    ids = dict(connection.execute("SELECT name, id FROM model"))
    return (
        f"CASE modality WHEN 'text' THEN {_has(ids, 'text', wanted.text)} ELSE {_has(ids, 'image', wanted.image)} END"
    )


def _has(ids: dict[str, int], modality: str, products: Products) -> str:
    if any(model not in ids for model in products.models):
        return "0"
    tests = [
        f"EXISTS (SELECT 1 FROM vector WHERE vector.media = media.id AND vector.model = {ids[model]})"
        for model in products.models
    ]
    if products.thumbnail:
        table = _SHOWN[modality]
        tests.append(f"EXISTS (SELECT 1 FROM {table} WHERE {table}.media = media.id)")
    return " AND ".join(tests) or "1"
