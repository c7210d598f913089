"""The rows of media: contents, named by their hash, and the words of those that are texts."""

from __future__ import annotations

import sqlite3

from aptl3.records.media import PictureInfo

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


def keep_words(connection: sqlite3.Connection, media: int, words: str) -> None:
    """Keeps the beginning of a text, to be shown."""
    connection.execute("INSERT INTO text (media, words) VALUES (?, ?) ON CONFLICT DO NOTHING", (media, words[:WORDS]))
