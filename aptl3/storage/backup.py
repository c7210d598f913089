"""A consistent copy of a library while it is in use.

Guarantees: the copy is the library as of one commit, whatever is written meanwhile; it appears under its name only
when it is whole and on the disk; using it as a data folder restores it. Indexes and alignments, which can be made
again, are copied where they can be had and left out where not.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from aptl3.errors import BadArgument, DiskFull, LibraryDamaged, LibraryReadOnly
from aptl3.storage import database
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout
from aptl3.storage.segments import ModelRow
from aptl3.storage.store import Store

_TRIES = 5  # a compaction may replace the files between the look at the catalog and their opening
_CHUNK = 8 << 20  # bytes


def backup(root: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Copies the library in ``root`` to the folder ``target``, which must not be there, or be empty.

    Raises BadArgument for another target, DiskFull, and what opening the library raises.
    """
    copy = Layout.of(target)
    if copy.root.exists() and (not copy.root.is_dir() or any(copy.root.iterdir())):
        raise BadArgument(f"{copy.root} is there already; give a new folder for the backup")
    if Path(root).resolve() in (copy.root.resolve(), *copy.root.resolve().parents):
        raise BadArgument(f"{copy.root} lies in the library itself; give a folder elsewhere for the backup")
    with _about(copy.root), Store.open(root) as store, translated(copy.root):
        os.makedirs(copy.root.parent, exist_ok=True)
        part = Layout.of(tempfile.mkdtemp(prefix=f".{copy.root.name}-", dir=copy.root.parent))
        try:
            _Copying(store.layout, part).run(store)
            if copy.root.exists():
                copy.root.rmdir()
            os.rename(part.root, copy.root)
            Files().sync_folder(copy.root.parent)
        finally:
            shutil.rmtree(part.root, ignore_errors=True)


@contextlib.contextmanager
def _about(target: Path) -> Iterator[None]:
    """It is the backup's place that is full or may not be written: the library itself is only read."""
    try:
        yield
    except DiskFull as error:
        raise DiskFull(f"no room is left for the backup in {target}; free some space there, or give another") from error
    except LibraryReadOnly as error:
        raise LibraryReadOnly(f"the backup cannot be written to {target} by this user") from error


class _Source(NamedTuple):
    """A segment of the state that is copied; its file stays readable, once open, when a compaction removes it."""

    model: ModelRow
    segment: int
    rows: int
    file: BinaryIO


class _Copying:
    def __init__(self, source: Layout, target: Layout) -> None:
        self._source = source
        self._target = target
        self._files = Files()
        self._folder_mode, self._mode = modes(source.catalog)

    def run(self, store: Store) -> None:
        os.chmod(self._target.root, self._folder_mode)
        for folder in (self._target.vectors, self._target.indexes, self._target.alignments):
            self._files.make_folder(folder, self._folder_mode)
        with contextlib.ExitStack() as opened, database.told(self._source.catalog):
            segments = self._snapshot(store, opened)
            self._copy_catalog(store)
            for model, segment, rows, file in segments:
                path = self._target.segment(model.name, segment)
                self._files.make_folder(path.parent, self._folder_mode)
                self._copy_bytes(file, path, rows * model.width)
                self._files.sync_folder(path.parent)
        with database.told(self._target.catalog):
            self._copy_indexes()
            self._copy_alignments()
        self._files.sync_folder(self._target.root)

    def _snapshot(self, store: Store, opened: contextlib.ExitStack) -> Sequence[_Source]:
        """Enters one state of the catalog, for as long as ``opened`` is, whose segments are all open."""
        for _ in range(_TRIES):
            with contextlib.ExitStack() as tried:
                tried.enter_context(database.snapshot(store.connection))
                try:
                    sources = [
                        _Source(
                            model := ModelRow(*fields),
                            segment,
                            rows,
                            tried.enter_context(open(self._source.segment(model.name, segment), "rb")),
                        )
                        for segment, rows, *fields in store.connection.execute(
                            "SELECT segment.id, rows, model.id, name, dim, dtype"
                            " FROM segment JOIN model ON model.id = segment.model"
                        )
                    ]
                except FileNotFoundError:
                    continue
                opened.enter_context(tried.pop_all())
                return sources
        raise LibraryDamaged(f"vector files of the library in {self._source.root} are gone; aptl3 verify names them")

    def _copy_catalog(self, store: Store) -> None:
        self._files.close(self._files.create(self._target.catalog, self._mode))
        with contextlib.closing(sqlite3.connect(self._target.catalog)) as connection:
            store.connection.backup(connection)  # of the snapshot that the connection is in

    def _copy_indexes(self) -> None:
        with contextlib.closing(sqlite3.connect(self._target.catalog, isolation_level=None)) as connection:
            for id, model, names in connection.execute(
                "SELECT idx.id, name, files FROM idx JOIN model ON model.id = idx.model"
            ).fetchall():
                folder = self._target.index_folder(model)
                self._files.make_folder(folder, self._folder_mode)
                try:
                    for name in json.loads(names):
                        self._copy_file(self._source.index_file(model, name), folder / name)
                except FileNotFoundError:  # a newer one has replaced it
                    connection.execute("DELETE FROM idx WHERE id = ?", (id,))
                self._files.sync_folder(folder)

    def _copy_alignments(self) -> None:
        with contextlib.closing(sqlite3.connect(self._target.catalog, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            for id, name in connection.execute("SELECT id, file FROM alignment").fetchall():
                try:
                    self._copy_file(self._source.alignment(name), self._target.alignment(name))
                except FileNotFoundError:  # it was taken out
                    connection.execute("DELETE FROM alignment WHERE id = ?", (id,))
        self._files.sync_folder(self._target.alignments)

    def _copy_file(self, source: Path, target: Path) -> None:
        with open(source, "rb") as file:
            self._copy_bytes(file, target, os.fstat(file.fileno()).st_size)

    def _copy_bytes(self, source: BinaryIO, path: Path, size: int) -> None:
        handle = self._files.create(path, self._mode)
        try:
            for start in range(0, size, _CHUNK):
                self._files.write(handle, source.read(min(_CHUNK, size - start)), start)
            self._files.sync(handle)
        finally:
            self._files.close(handle)
