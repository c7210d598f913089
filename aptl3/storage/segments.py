"""The segments of all models, as the one writer appends to them.

Guarantees: rows that a transaction adds are on the disk before its COMMIT (``flush`` does that); after a transaction
that was rolled back, or a writer that died, the files hold again just what the catalog points at.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from aptl3.failpoints import failpoint
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout
from aptl3.storage.vectors import WIDTHS, SegmentWriter


class ModelRow(NamedTuple):
    """A model as appending needs it."""

    id: int
    name: str
    dim: int
    dtype: str

    @property
    def width(self) -> int:
        """Bytes of one row."""
        return self.dim * WIDTHS[self.dtype]


class Segments:
    """One open segment a model, the newest; the next is begun when it is full."""

    def __init__(self, connection: sqlite3.Connection, files: Files, layout: Layout) -> None:
        self.files = files
        self.layout = layout
        self._connection = connection
        self._open: dict[int, tuple[int, SegmentWriter]] = {}  # model id → (segment id, its writer)
        self._begun: set[int] = set()  # models whose segment this transaction began

    def recover(self) -> None:
        """Cuts off what no row points at. Raises LibraryDamaged when committed rows are lacking."""
        with translated(self.layout.root):
            for segment, rows, *fields in self._connection.execute(
                "SELECT segment.id, rows, model.id, name, dim, dtype"
                " FROM segment JOIN model ON model.id = segment.model"
            ).fetchall():
                model = ModelRow(*fields)
                SegmentWriter.reopen(self.files, self.layout.segment(model.name, segment), model.width, rows).close()

    def append(self, model: ModelRow, row: bytes) -> tuple[int, int]:
        """Adds a row to what the transaction will write; returns (segment id, row number)."""
        segment, writer = self._open.get(model.id) or self._reopen(model)
        if writer.full and not writer.pending:
            self._open.pop(model.id)[1].close()
            segment, writer = self._first(model)
        return segment, writer.append(row)

    def flush(self) -> None:
        """Writes and syncs all pending rows, then says so in the catalog's open transaction."""
        writers = [(segment, writer) for segment, writer in self._open.values() if writer.pending]
        if not writers:
            return
        with translated(self.layout.root):
            for _, writer in writers:
                writer.flush()
            for _, writer in writers:
                writer.sync()
        failpoint("vectors-synced")
        self._connection.executemany(
            "UPDATE segment SET rows = ? WHERE id = ?",
            [(writer.rows + writer.pending, segment) for segment, writer in writers],
        )

    def committed(self) -> None:
        for _, writer in self._open.values():
            writer.committed()
        self._begun.clear()

    def rolled_back(self) -> None:
        for model in self._begun:
            _, writer = self._open.pop(model)
            writer.close()
            with contextlib.suppress(OSError):
                self.files.remove(writer.path)
        for _, writer in self._open.values():
            writer.rolled_back()
        self._begun.clear()

    def close(self) -> None:
        """Closes the files; the next append opens them again."""
        for _, writer in self._open.values():
            writer.close()
        self._open.clear()

    def drop(self, model: int) -> None:
        """Lets go of a model that is taken out, with what the transaction would have written for it."""
        if model in self._open:
            self._open.pop(model)[1].close()
        self._begun.discard(model)

    def begin(self, model: ModelRow) -> tuple[int, Path]:
        """The row of a new segment, in the open transaction, and where its file is to be."""
        segment = self._connection.execute("INSERT INTO segment (model) VALUES (?)", (model.id,)).lastrowid
        assert segment is not None
        return segment, self.layout.segment(model.name, segment)

    def create(self, path: Path) -> int:
        """A new empty file for a segment, in its model's folder. Returns the handle; the name is not synced yet."""
        folder_mode, mode = modes(self.layout.catalog)
        self.files.make_folder(path.parent, folder_mode)
        return self.files.create(path, mode)

    def _first(self, model: ModelRow) -> tuple[int, SegmentWriter]:
        segment, path = self.begin(model)
        with translated(self.layout.root):
            writer = SegmentWriter(self.files, path, model.width, 0, self.create(path), new=True)
        self._open[model.id] = segment, writer
        self._begun.add(model.id)
        return segment, writer

    def _reopen(self, model: ModelRow) -> tuple[int, SegmentWriter]:
        newest = self._connection.execute(
            "SELECT id, rows FROM segment WHERE model = ? ORDER BY id DESC LIMIT 1", (model.id,)
        ).fetchone()
        if newest is None:
            return self._first(model)
        segment, rows = newest
        with translated(self.layout.root):
            writer = SegmentWriter.reopen(self.files, self.layout.segment(model.name, segment), model.width, rows)
        self._open[model.id] = segment, writer
        return segment, writer
