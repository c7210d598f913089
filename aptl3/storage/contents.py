"""The rows of media: contents, named by their hash, and what is shown of them: the thumbnails of pictures, the words of
texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from aptl3.records.media import PictureInfo, Thumbnail
from aptl3.records.store import MediaInfo
from aptl3.storage.database import paged

WORDS = 4000  # characters that are kept of a text, for showing
TEXT = PictureInfo("TEXT", 0, 0)


def find(connection: sqlite3.Connection, hash: bytes) -> int | None:
    row = connection.execute("SELECT id FROM media WHERE hash = ?", (hash,)).fetchone()
    return None if row is None else int(row[0])


def add(connection: sqlite3.Connection, hash: bytes, size: int, info: PictureInfo) -> int:
    """A row for content that has none; ``size`` in bytes."""
    modality = "text" if info.format == TEXT.format else "image"
    id = connection.execute(
        "INSERT INTO media (hash, size, modality, format, width, height, taken_at, camera)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (hash, size, modality, info.format, info.width, info.height, info.taken_at, info.camera),
    ).lastrowid
    assert id is not None
    return id


def info(connection: sqlite3.Connection, media: int) -> MediaInfo | None:
    row = connection.execute(
        "SELECT id, hash, size, modality, format, width, height, taken_at, camera FROM media WHERE id = ?", (media,)
    ).fetchone()
    return None if row is None else MediaInfo(row[0], row[1], row[2], PictureInfo(*row[4:]), row[3])


def modality_of(connection: sqlite3.Connection, media: Iterable[int]) -> dict[int, str]:
    """Of those that are here."""
    return dict(paged(connection, "SELECT id, modality FROM media WHERE id IN ({})", media))


def hashes(connection: sqlite3.Connection, media: Sequence[int]) -> list[bytes]:
    """In the order of ``media``. Raises KeyError for one that is not here."""
    found = dict(paged(connection, "SELECT id, hash FROM media WHERE id IN ({})", media))
    return [found[int(one)] for one in media]


def thumbnail(connection: sqlite3.Connection, media: int) -> Thumbnail | None:
    row = connection.execute("SELECT jpeg, width, height FROM thumbnail WHERE media = ?", (media,)).fetchone()
    return None if row is None else Thumbnail(*row)


def keep_thumbnail(connection: sqlite3.Connection, media: int, thumbnail: Thumbnail) -> int:
    """1, or 0 when there was one."""
    return connection.execute(
        "INSERT INTO thumbnail (media, width, height, jpeg) VALUES (?, ?, ?, ?) ON CONFLICT (media) DO NOTHING",
        (media, thumbnail.width, thumbnail.height, thumbnail.jpeg),
    ).rowcount


def words(connection: sqlite3.Connection, media: int) -> str | None:
    """The beginning of a text; None for what is no text."""
    row = connection.execute("SELECT words FROM text WHERE media = ?", (media,)).fetchone()
    return None if row is None else row[0]


def keep_words(connection: sqlite3.Connection, media: int, words: str) -> None:
    """Keeps the beginning of a text, to be shown."""
    connection.execute("INSERT INTO text (media, words) VALUES (?, ?) ON CONFLICT DO NOTHING", (media, words[:WORDS]))
