"""The rows of alignments, whose arrays lie in files of their own, ``alignments/<file>``.

Guarantees: a row names a file that was whole when it was added (who fits publishes it first, by renaming), and models
that the library has. A file never changes; the row's checksum lets ``verify`` tell.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from pathlib import Path

from aptl3.errors import BadArgument
from aptl3.records.relation import AlignmentRecord
from aptl3.storage.layout import Layout


def listed(connection: sqlite3.Connection) -> list[AlignmentRecord]:
    models: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for id, model, fingerprint in connection.execute("SELECT alignment, model, fingerprint FROM alignment_model"):
        models[id][model] = fingerprint
    return [
        AlignmentRecord(id, name, models[id], *rest)
        for id, name, *rest in connection.execute(
            "SELECT id, name, file, checksum, recipe, relation, pairs, classes, distance, created"
            " FROM alignment ORDER BY id DESC"
        )
    ]


def of_model(connection: sqlite3.Connection, model: str) -> list[int]:
    """The alignments that map to or from a model."""
    return [id for (id,) in connection.execute("SELECT alignment FROM alignment_model WHERE model = ?", (model,))]


def add(connection: sqlite3.Connection, layout: Layout, record: AlignmentRecord, removed: set[str]) -> int:
    """``removed``: models that were taken out. The id; that of the same file when it is known already."""
    known = connection.execute("SELECT id FROM alignment WHERE file = ?", (record.file,)).fetchone()
    if known is not None:
        return int(known[0])
    if not layout.alignment(record.file).is_file():
        raise BadArgument(f"the file of the alignment {record.name!r} is gone; fit it again with: aptl3 align")
    _check_models(connection, record, removed)
    relation = connection.execute("SELECT id FROM relation WHERE id = ?", (record.relation,)).fetchone() or (None,)
    id = connection.execute(
        "INSERT INTO alignment (name, file, checksum, recipe, relation, pairs, classes, distance, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.name,
            record.file,
            record.checksum,
            record.recipe,
            relation[0],
            record.pairs,
            record.classes,
            record.distance,
            record.created,
        ),
    ).lastrowid
    assert id is not None
    connection.executemany(
        "INSERT INTO alignment_model VALUES (?, ?, ?)", [(id, *model) for model in record.models.items()]
    )
    return id


def older(connection: sqlite3.Connection, name: str, id: int) -> list[int]:
    """Alignments of that name that came before the one with that id."""
    rows = connection.execute("SELECT id FROM alignment WHERE name = ? AND id < ?", (name, id))
    return [known for (known,) in rows]


def remove(connection: sqlite3.Connection, layout: Layout, id: int) -> list[Path]:
    """Takes a row out; returns the file that is to go after the commit. Raises BadArgument for an unknown one."""
    row = connection.execute("SELECT file FROM alignment WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise BadArgument(f"the library has no alignment {id}; aptl3 align list lists those it has")
    connection.execute("DELETE FROM alignment WHERE id = ?", (id,))
    return [layout.alignment(row[0])]


def _check_models(connection: sqlite3.Connection, record: AlignmentRecord, removed: set[str]) -> None:
    """A model may have been taken out, or replaced, while the alignment was fitted. One that only embeds queries needs
    no row, but pairs are vectors that are kept here."""
    rows = dict(connection.execute("SELECT name, fingerprint FROM model"))
    for name, fingerprint in record.models.items():
        if name in removed or (record.pairs and name not in rows):
            raise BadArgument(f"the alignment {record.name!r} is of {name}, which was removed from the library")
        if rows.get(name, fingerprint) != fingerprint:
            raise BadArgument(f"the alignment {record.name!r} is of another {name} than the library's; fit it again")
