"""Relations: which pictures and texts mean the same.

Guarantees: a pair is of media that are here; the words of a caption become a text medium that lies in no file, named by
its content like every other, so that a caption used twice is one medium. Such texts go with the last relation, or the
last picture, that they belonged to. A relation begins with its first pair.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote

import xxhash

from aptl3.errors import BadArgument
from aptl3.records.media import DATA
from aptl3.records.relation import Caption, Related, Relation
from aptl3.records.store import RemovedRelation
from aptl3.storage import contents, database
from aptl3.storage.places import Places, split

if TYPE_CHECKING:
    import numpy as np


def listed(connection: sqlite3.Connection) -> list[Relation]:
    return [
        Relation(*row)
        for row in connection.execute(
            "SELECT id, name, source, created, count(a), count(DISTINCT a), count(DISTINCT b)"
            " FROM relation LEFT JOIN pair ON pair.relation = relation.id GROUP BY id ORDER BY id"
        )
    ]


def find(connection: sqlite3.Connection, key: str | int) -> Relation | None:
    """By name or id; a name that is a number may stand for an id."""
    known = listed(connection)
    ids = [one for one in known if str(one.id) == str(key)]
    return next(iter([one for one in known if one.name == key] or ids), None)


def pairs(connection: sqlite3.Connection, relation: int) -> np.ndarray:
    """(picture, text), media items: int64, n × 2, ascending."""
    import numpy as np

    rows = connection.execute("SELECT a, b FROM pair WHERE relation = ? ORDER BY a, b", (relation,)).fetchall()
    return np.array(rows, np.int64).reshape(len(rows), 2)


def texts_of(connection: sqlite3.Connection, picture: int) -> list[int]:
    return [row[0] for row in connection.execute("SELECT DISTINCT b FROM pair WHERE a = ? ORDER BY b", (picture,))]


def pictures_of(connection: sqlite3.Connection, text: int) -> list[int]:
    return [row[0] for row in connection.execute("SELECT DISTINCT a FROM pair WHERE b = ? ORDER BY a", (text,))]


def relate(
    connection: sqlite3.Connection, places: Places, name: str, source: str, captions: Sequence[Caption]
) -> Related:
    """Pairs photographs with their captions, in the open transaction."""
    if not name.strip():
        raise BadArgument("a relation needs a name")
    texts = [caption.content() for caption in captions]
    relation = connection.execute("SELECT id FROM relation WHERE name = ?", (name,)).fetchone()
    pairs = missing = 0
    for caption, text in zip(captions, texts, strict=True):
        picture = _picture(connection, places, caption.path)
        if picture is None:
            missing += 1
            continue
        if relation is None:
            created = datetime.now(timezone.utc).isoformat(timespec="seconds")
            row = (name, source, created)
            relation = (
                connection.execute("INSERT INTO relation (name, source, created) VALUES (?, ?, ?)", row).lastrowid,
            )
        pairs += connection.execute(
            "INSERT INTO pair (relation, a, b) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (*relation, picture, _text(connection, places, text)),
        ).rowcount
    return Related(pairs, len(captions) - missing - pairs, missing)


def remove(connection: sqlite3.Connection, places: Places, id: int) -> RemovedRelation:
    """Takes a relation out, in the open transaction. Raises BadArgument for an unknown one."""
    if connection.execute("SELECT 1 FROM relation WHERE id = ?", (id,)).fetchone() is None:
        raise BadArgument(f"the library has no relation {id}; aptl3 relations lists those it has")
    [pairs] = connection.execute("SELECT count(*) FROM pair WHERE relation = ?", (id,)).fetchone()
    with database.overwriting(connection):
        mark_texts(connection, "relation = ?", (id,))
        connection.execute("DELETE FROM relation WHERE id = ?", (id,))
        return RemovedRelation(pairs, *drop_marked(connection, places))


def mark_texts(connection: sqlite3.Connection, where: str, parameters: Sequence[int] = ()) -> None:
    """Remembers the texts of the pairs of which ``where`` says that they are about to go."""
    connection.execute("CREATE TEMP TABLE marked (media INTEGER PRIMARY KEY)")
    connection.execute(f"INSERT INTO marked SELECT DISTINCT b FROM pair WHERE {where}", parameters)


def drop_marked(connection: sqlite3.Connection, places: Places) -> tuple[int, int]:
    """Takes out those of the marked texts that lie in no file and are in no relation any more; returns how many there
    were, and how many vectors they had. A few statements for them all: 8 s for 600,000, where one for each took 28."""
    connection.execute("DELETE FROM marked WHERE EXISTS (SELECT 1 FROM pair WHERE pair.b = marked.media)")
    marked, folder = "IN (SELECT media FROM marked)", places.known(DATA)
    connection.execute(  # a job that was to embed such a text would bring it back
        "DELETE FROM job_item WHERE folder = ?1 AND name IN"
        f" (SELECT name FROM location WHERE folder = ?1 AND media {marked})",
        (folder,),
    )
    connection.execute(f"DELETE FROM location WHERE folder = ? AND media {marked}", (folder,))
    connection.execute("DELETE FROM marked WHERE EXISTS (SELECT 1 FROM location WHERE location.media = marked.media)")
    vectors = connection.execute(f"DELETE FROM vector WHERE media {marked}").rowcount
    texts = connection.execute(f"DELETE FROM media WHERE id {marked}").rowcount
    connection.execute("DROP TABLE marked")
    return texts, vectors


def _picture(connection: sqlite3.Connection, places: Places, path: str) -> int | None:
    folder, name = split(path)
    row = connection.execute(
        "SELECT media.id FROM location JOIN media ON media.id = location.media"
        " WHERE folder = ? AND name = ? AND modality = 'image'",
        (places.known(folder), name),
    ).fetchone()
    return None if row is None else int(row[0])


def _text(connection: sqlite3.Connection, places: Places, text: bytes) -> int:
    """The medium of these words, which is made when there is none, in its place among the texts that lie in no file."""
    hash = xxhash.xxh3_128_digest(text)
    media = contents.find(connection, hash)
    if media is None:
        media = contents.add(connection, hash, len(text), contents.TEXT)
    contents.keep_words(connection, media, text.decode())
    connection.execute(
        "INSERT INTO location (folder, name, size, mtime_ns, media) VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
        (places.id(DATA), os.fsencode(quote(text, safe="")), len(text), media),
    )
    return media
