"""The one writer of a library.

Guarantees: it holds the library's lock for its lifetime; opening it makes the library when there is none, brings the
schema up to date and cuts off what an earlier writer left half done; what is committed is complete, and on the disk.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from aptl3.errors import BadArgument, LibraryReadOnly
from aptl3.failpoints import failpoint
from aptl3.records.store import Compacted, Removed
from aptl3.storage import database, orphans
from aptl3.storage.checkpoint import Checkpoint
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout
from aptl3.storage.lock import WriterLock
from aptl3.storage.segments import Segments
from aptl3.storage.store import Store

__all__ = ["Checkpoint", "Writer"]


class Writer(Store):
    """A library opened for writing; reads as a Store does, within a checkpoint also what that has done so far."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection, lock: WriterLock, files: Files) -> None:
        super().__init__(layout, connection)
        self._lock = lock
        self._files = files
        self._segments = Segments(connection, files, layout)

    @classmethod
    def open(cls, root: str | os.PathLike[str], *, deadline: float = 0.0, files: Files | None = None) -> Writer:
        """Opens or makes the library in the folder ``root``, waiting up to ``deadline`` seconds for another writer to
        end. Raises LibraryBusy, LibraryReadOnly, LibraryNewer, LibraryDamaged or DiskFull."""
        files = files or Files()
        layout = Layout.of(root)
        lock = WriterLock(layout.lock)
        with translated(layout.root):
            _make_root(files, layout)
            lock.acquire(deadline, mode=modes(layout.catalog)[1])
        try:
            with translated(layout.root):
                _make_parts(files, layout)
            writer = cls(layout, database.connect_writer(layout.catalog), lock, files)
        except BaseException:
            lock.release()
            raise
        try:
            with database.told(layout.catalog):
                writer._segments.recover()
                orphans.sweep(writer.connection, files, layout)
        except BaseException:
            writer.close()
            raise
        return writer

    def close(self) -> None:
        self._segments.close()
        super().close()
        self._lock.release()

    def __enter__(self) -> Writer:
        return self

    @contextlib.contextmanager
    def checkpoint(self) -> Iterator[Checkpoint]:
        """One transaction: committed, and on the disk, when the block is left; an exception in it undoes all of it.
        Raises DiskFull, LibraryReadOnly or LibraryDamaged."""
        checkpoint = Checkpoint(self.connection, self._segments, self.layout)
        try:
            with database.told(self.layout.catalog), database.transaction(self.connection):
                yield checkpoint
                checkpoint.finish()
                for path in checkpoint.outdated:
                    self._files.remove(path)
                failpoint("before-commit")
        except BaseException:
            self._segments.rolled_back()
            raise
        self._segments.committed()
        failpoint("after-commit")
        for path in checkpoint.doomed:
            self._files.remove_folder(path) if path.is_dir() else self._files.remove(path)

    def remove(self, paths: Sequence[str]) -> Removed:
        """Takes out what is at and below these absolute paths, in a transaction of its own."""
        with self.checkpoint() as checkpoint:
            return checkpoint.remove(paths)

    def compact(self) -> Compacted:
        """Rewrites the segments that have rows of removed media and gives free pages of the catalog back. The indexes
        over rewritten segments go: they are to be built anew."""
        self._segments.close()
        with self.checkpoint() as checkpoint:
            compacted = checkpoint.compact()
        with database.told(self.layout.catalog):
            database.give_back(self.connection)
        return compacted


def _make_root(files: Files, layout: Layout) -> None:
    if layout.root.exists() and not layout.root.is_dir():
        raise BadArgument(f"{layout.root} is not a folder; give another data folder")
    if not layout.root.exists():
        os.makedirs(layout.root.parent, exist_ok=True)
        files.make_folder(layout.root, 0o700)
    if not os.access(layout.root, os.W_OK):
        raise LibraryReadOnly(f"the library in {layout.root} cannot be written by this user")


def _make_parts(files: Files, layout: Layout) -> None:
    """The folders, and an empty catalog: its permissions are not to be SQLite's choice, its other files follow it."""
    folder_mode, mode = modes(layout.catalog)
    if not layout.catalog.exists():
        files.close(files.create(layout.catalog, mode))
        files.sync_folder(layout.root)
    for folder in (layout.vectors, layout.indexes, layout.alignments):
        files.make_folder(folder, folder_mode)
