"""Checks a whole library: that what is committed is complete, and is what was committed.

Guarantees: changes nothing; tells every damage that it finds in a line of its own and goes on after it; looks at one
state of the catalog, also while a writer works. It reads everything, so it takes as long as reading the files does.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import xxhash

from aptl3.errors import LibraryDamaged
from aptl3.storage import database, jpeg
from aptl3.storage.index.files import problem as index_problem
from aptl3.storage.segments import ModelRow
from aptl3.storage.store import Store

_WINDOW = 8 << 20  # bytes of a segment looked at together
_NORM_TOLERANCE = 0.01  # float16 rounds each value by up to 2⁻¹¹ of itself, so a norm by less than a thousandth
_EXAMPLES = 10  # lines for one file: a damaged disk gives thousands
_MANY = 100  # lines from one check


def verify(root: str | os.PathLike[str]) -> list[str]:
    """What is wrong with the library in ``root``, one line each; empty when it is sound.

    Raises LibraryMissing, LibraryNewer or LibraryReadOnly when nothing can be checked.
    """
    try:
        store = Store.open(root)
    except LibraryDamaged as error:
        return [str(error)]
    problems: list[str] = []
    with store:
        try:
            with database.told(store.layout.catalog), database.snapshot(store.connection):
                for check in _CHECKS:
                    problems += _few(check(store, store.connection), _MANY)
        except LibraryDamaged as error:  # the catalog cannot be read on; what was found before it stands
            problems.append(str(error))
    return problems


def _few(problems: Iterator[str], limit: int) -> Iterator[str]:
    """The first of many lines, and how many more there are."""
    yield from itertools.islice(problems, limit)
    more = sum(1 for _ in problems)
    if more:
        yield f"… and {more} more of that kind"


def _integrity(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    """Pages, indexes and references, as SQLite checks them."""
    for (text,) in connection.execute("PRAGMA integrity_check"):
        if text != "ok":
            yield f"catalog: {text}"
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"catalog: a row of {table} points at no {parent}"


def _counters(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    """Counters that triggers keep, against what they count."""
    for name, value in connection.execute("SELECT name, value FROM counter").fetchall():
        real = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        if real != value:
            yield f"catalog: {real} rows of {name} are there, {value} were counted"
    for segment, live, real in connection.execute(
        "SELECT id, live, (SELECT count(*) FROM vector WHERE vector.segment = segment.id) AS real"
        " FROM segment WHERE live <> real"
    ):
        yield f"catalog: {real} vectors of segment {segment} are there, {live} were counted"
    for job, items, folders in connection.execute(
        "SELECT id, (SELECT count(*) FROM job_item WHERE job = job.id) AS items,"
        " (SELECT count(*) FROM job_folder WHERE job = job.id AND done = 0) AS listings"
        " FROM job WHERE pending <> items OR folders <> listings"
    ):
        yield f"catalog: {items} items and {folders} folders are left of job {job}, others were counted"


def _products(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    """Media have something, and vectors are rows of their model's segments."""
    for (media,) in connection.execute(
        "SELECT id FROM media WHERE NOT EXISTS (SELECT 1 FROM vector WHERE vector.media = media.id)"
        " AND NOT EXISTS (SELECT 1 FROM thumbnail WHERE thumbnail.media = media.id)"
        " AND NOT EXISTS (SELECT 1 FROM text WHERE text.media = media.id)"
    ):
        yield f"media item {media} has neither a vector nor a thumbnail nor words"
    for media, segment in connection.execute(
        "SELECT media, segment.id FROM vector JOIN segment ON segment.id = vector.segment"
        " WHERE row >= rows OR vector.model <> segment.model"
    ):
        yield f"catalog: the vector of media item {media} is no row of segment {segment}"


def _vectors(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    """Every committed row of every segment."""
    for segment, rows, *fields in connection.execute(
        "SELECT segment.id, rows, model.id, name, dim, dtype FROM segment JOIN model ON model.id = segment.model"
    ).fetchall():
        model = ModelRow(*fields)
        path = store.layout.segment(model.name, segment)
        try:
            lost = rows - path.stat().st_size // model.width
            if lost > 0:
                yield f"{path}: the file is too short, {lost} of {rows} vectors are lost"
            faults = _faults(connection, path, segment, rows, model)
            yield from _few((f"{path}: {fault}" for fault in faults), _EXAMPLES)
        except OSError as error:
            yield f"{path}: cannot be read ({error.strerror})"


def _faults(connection: sqlite3.Connection, path: Path, segment: int, rows: int, model: ModelRow) -> Iterator[str]:
    """Vectors that are not what was stored, or were never fit to be."""
    window = max(1, _WINDOW // model.width)
    dtype = np.dtype(model.dtype).newbyteorder("<")
    with open(path, "rb") as file:
        for start in range(0, rows, window):
            data = memoryview(file.read(min(window, rows - start) * model.width))
            whole = len(data) // model.width
            table = np.frombuffer(data[: whole * model.width], dtype).reshape(whole, model.dim).astype(np.float32)
            norms = np.sqrt(np.einsum("ij,ij->i", table, table))
            placed = connection.execute(
                "SELECT row - ?, media, checksum FROM vector WHERE segment = ? AND row >= ? AND row < ? ORDER BY row",
                (start, segment, start, start + whole),
            )
            for row, media, checksum in placed:
                if zlib.crc32(data[row * model.width : (row + 1) * model.width]) != checksum:
                    yield f"the vector of media item {media} is not what was stored"
                elif not abs(norms[row] - 1) <= _NORM_TOLERANCE:  # also when it is not a number
                    yield f"the vector of media item {media} has the length {norms[row]:.3f} instead of 1"


def _thumbnails(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    for media, width, height, data in connection.execute("SELECT media, width, height, jpeg FROM thumbnail"):
        size = jpeg.size(data)
        if size is None:
            yield f"the thumbnail of media item {media} is no JPEG"
        elif size != (width, height):
            yield f"the thumbnail of media item {media} is {size[0]} × {size[1]}, not {width} × {height}"


def _indexes(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    for model in store.models():
        for index in store.indexes(model.name):
            fault = index_problem(store.layout.index_folder(model.name), index.files, thoroughly=True)
            if fault is not None:
                yield f"{fault}; `aptl3 index --rebuild` builds a new one"


def _alignments(store: Store, connection: sqlite3.Connection) -> Iterator[str]:
    for record in store.alignments():
        path = store.layout.alignment(record.file)
        try:
            whole = xxhash.xxh3_128_hexdigest(path.read_bytes()) == record.checksum
        except OSError as error:
            yield f"{path}: cannot be read ({error.strerror}); `aptl3 align` fits a new one"
        else:
            if not whole:
                yield f"{path}: is not what was stored; `aptl3 align` fits a new one"


_Check = Callable[[Store, sqlite3.Connection], Iterator[str]]
_CHECKS: tuple[_Check, ...] = (_integrity, _counters, _products, _vectors, _thumbnails, _indexes, _alignments)
