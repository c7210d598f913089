"""The vectors of a library, for reading: which rows are there, where those of some media lie, the maps of their files.

Guarantees: what is given is of one moment, and committed. A map that was given stays valid, also when a compaction
replaces its file; what the compaction moved is looked up anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aptl3.errors import LibraryDamaged
from aptl3.storage import addresses, database
from aptl3.storage.layout import Layout
from aptl3.storage.vectors import NoSuchModel, VectorReader

if TYPE_CHECKING:
    import numpy as np

_TRIES = 5  # a compaction may come between the look at the catalog and the opening of the files


class VectorReaders:
    """One reader a model, which is made when it is asked for and kept."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._readers: dict[str, VectorReader] = {}

    def close(self) -> None:
        """Lets go of the maps."""
        self._readers.clear()

    def of(self, model: str) -> VectorReader:
        """A model's reader, of all rows that are committed now. Raises NoSuchModel."""
        row = self._connection.execute("SELECT dim, dtype FROM model WHERE name = ?", (model,)).fetchone()
        if row is None:
            raise NoSuchModel(model)
        reader = self._readers.get(model)
        if reader is None or (reader.dim, reader.dtype) != row:  # another model of that name
            reader = self._readers[model] = VectorReader(self._layout.model_folder(model), *row)
        for _ in range(_TRIES):
            segments = self._connection.execute(
                "SELECT segment.id, rows FROM segment JOIN model ON model.id = segment.model"
                " WHERE name = ? AND rows > 0 ORDER BY segment.id",
                (model,),
            ).fetchall()
            try:
                reader.map(segments)
                return reader
            except FileNotFoundError as error:  # a compaction was faster: the catalog has new segments by now
                lost = error.filename
        raise LibraryDamaged(f"the vector file {lost} is gone; restore the library from a backup")

    def known(self, model: str, media: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of these media items have a vector of a model, bool, n; and those vectors as float32, count × dim, in
        that order."""
        import numpy as np

        from aptl3.storage.index.corpus import Corpus

        for _ in range(_TRIES):
            segments, rows = self.rows_of(model, media)
            there = segments >= 0
            if not there.any():
                break
            reader = self.of(model)  # after the places: it has their rows, unless a compaction has moved them
            corpus = Corpus.whole(reader.dim, reader.segments)
            if corpus.has(segments[there], rows[there]):
                return there, corpus.take(corpus.numbers(segments[there], rows[there]))
        row = self._connection.execute("SELECT dim FROM model WHERE name = ?", (model,)).fetchone()
        return np.zeros(len(media), bool), np.empty((0, row[0] if row else 0), np.float32)

    def rows_of(self, model: str, media: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where their vectors lie: segments and rows, int64, n; −1 for those that have none."""
        with database.snapshot(self._connection):
            return addresses.of_media(self._connection, model, media)
