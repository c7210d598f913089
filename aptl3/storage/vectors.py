"""The vectors of a model: segments, files of rows of one fixed width.

Guarantees: a segment only grows; rows are written behind the committed ones and synced, with the name of a new file,
before the catalog commits that they are there. Readers map committed rows only, and never change a file.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.errors import LibraryDamaged
from aptl3.failpoints import failpoint
from aptl3.storage import mapped
from aptl3.storage.files import Files
from aptl3.storage.layout import segment_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

SEGMENT_BYTES = 1 << 30  # a new segment from there: what a compaction has to copy for one removed row, at most
WIDTHS = {"float16": 2, "float32": 4}  # bytes a value, little-endian


class NoSuchModel(KeyError):
    """The library has no model of that name: it never had, or it was taken out a moment ago."""


class SegmentWriter:
    """Appends to one segment file. ``rows`` counts what is committed; ``pending`` what the open transaction adds."""

    def __init__(self, files: Files, path: Path, width: int, rows: int, handle: int, *, new: bool) -> None:
        self.path = path
        self.width = width
        self.rows = rows
        self._files = files
        self._handle = handle
        self._new = new
        self._pending: list[bytes] = []

    @classmethod
    def reopen(cls, files: Files, path: Path, width: int, rows: int) -> SegmentWriter:
        """Opens a segment, cuts off what no row stands for. Raises LibraryDamaged when committed rows are lacking."""
        try:
            handle = files.open(path)
        except FileNotFoundError:
            raise LibraryDamaged(f"the vector file {path} is gone; restore the library from a backup") from None
        writer = cls(files, path, width, rows, handle, new=False)
        try:
            writer.truncate()
        except BaseException:
            writer.close()
            raise
        return writer

    @property
    def pending(self) -> int:
        return len(self._pending)

    @property
    def full(self) -> bool:
        return self.rows * self.width >= SEGMENT_BYTES

    def append(self, row: bytes) -> int:
        """Keeps a row for ``flush``; returns its number in the segment."""
        if len(row) != self.width:
            raise ValueError(f"a row of {self.path.parent.name} has {self.width} bytes, not {len(row)}")
        self._pending.append(row)
        return self.rows + len(self._pending) - 1

    def flush(self) -> None:
        """Writes the pending rows behind the committed ones. They are safe after ``sync`` only."""
        data = memoryview(b"".join(self._pending))
        half = len(data) // 2
        start = self.rows * self.width
        self._files.write(self._handle, data[:half], start)
        failpoint("vector-append-middle")
        self._files.write(self._handle, data[half:], start + half)

    def sync(self) -> None:
        """Returns when the rows, and the file's name if it is new, are on the disk."""
        self._files.sync(self._handle)
        if self._new:
            self._files.sync_folder(self.path.parent)
            self._new = False

    def committed(self) -> None:
        self.rows += len(self._pending)
        self._pending.clear()

    def rolled_back(self) -> None:
        """Forgets the pending rows. What was written of them is overwritten by the next ones, or cut at the next start;
        it is cut now, if that can be, since the disk may be full of it."""
        self._pending.clear()
        with contextlib.suppress(OSError):
            self.truncate()

    def truncate(self) -> None:
        """Cuts off what no committed row stands for. Raises LibraryDamaged when committed rows are lacking."""
        size, committed = self._files.size(self._handle), self.rows * self.width
        if size < committed:
            raise LibraryDamaged(
                f"the vector file {self.path} has lost {committed - size} bytes; restore the library from a backup"
            )
        if size > committed:
            self._files.truncate(self._handle, committed)

    def close(self) -> None:
        self._files.close(self._handle)


class VectorReader:
    """Memory maps of a model's committed rows: ``segments`` is [(segment id, array rows × dim)], ascending.

    A map stays valid while it is held, also when a compaction replaces its file.
    """

    def __init__(self, folder: Path, dim: int, dtype: str) -> None:
        import numpy as np

        self.dim = dim
        self.dtype: np.dtype[np.floating] = np.dtype(dtype).newbyteorder("<")
        self.segments: list[tuple[int, np.ndarray]] = []
        self._folder = folder

    def map(self, segments: Iterable[tuple[int, int]]) -> None:
        """Maps (segment id, committed rows). Raises FileNotFoundError when a compaction has just replaced one,
        LibraryDamaged when a file is shorter than what was committed."""
        known = dict(self.segments)
        current = []
        for segment, rows in segments:
            array = known.get(segment)
            if array is None or len(array) != rows:
                path = self._folder / segment_file(segment)
                try:
                    array = mapped.read_only(path, self.dtype, (rows, self.dim))
                except ValueError as error:
                    raise LibraryDamaged(f"the vector file {path} is too short; aptl3 verify says more") from error
            current.append((segment, array))
        self.segments = current
