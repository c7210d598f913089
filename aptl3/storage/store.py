"""What a library knows, for reading.

Guarantees: every method is one short read transaction (a statement, or a snapshot of a few), answers from committed
rows only, and changes no file. It goes on answering while a writer works. One thread, one Store.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aptl3.errors import LibraryDamaged
from aptl3.records.failure import Failure, Reason
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job, JobCounts, JobState
from aptl3.records.media import DATA, Entry, FileState, PictureInfo, Products, Thumbnail, Wanted
from aptl3.records.model import ModelRef, StoredModel
from aptl3.records.relation import AlignmentRecord, Relation
from aptl3.records.store import Counts, Location, MediaInfo, QueueItem
from aptl3.storage import addresses, alignments, database, models, products, relations, settings
from aptl3.storage.layout import Layout
from aptl3.storage.places import Places, join, split
from aptl3.storage.url import place_to_url, url_to_place
from aptl3.storage.vectors import NoSuchModel, VectorReader

if TYPE_CHECKING:
    import numpy as np

_MAPPING_TRIES = 5
_PAGE = 500  # rows a statement
_JOB = (
    "SELECT id, state, paths, seconds, pending, folders, error,"
    " found, unchanged, duplicates, added, vectors, thumbnails, failed FROM job"
)


class Store:
    """A library opened for reading. Use it as a context manager, or ``close`` it."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        self.layout = layout
        self.connection = connection  # for the modules of this package; SQL stays among them
        self._readers: dict[str, VectorReader] = {}

    @classmethod
    def open(cls, root: str | os.PathLike[str]) -> Store:
        """Raises LibraryMissing, LibraryOlder, LibraryNewer, LibraryDamaged or LibraryReadOnly."""
        layout = Layout.of(root)
        return cls(layout, database.connect_reader(layout.catalog))

    def close(self) -> None:
        self._readers.clear()
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # The whole library

    def counts(self) -> Counts:
        """Reads six counters, whatever the library's size."""
        with self._snapshot():
            rows = dict(self._all("SELECT name, value FROM counter"))
            [(vectors,)] = self._all("SELECT coalesce(sum(live), 0) FROM segment")
        return Counts(rows["media"], rows["location"], rows["thumbnail"], rows["failure"], vectors, rows["text"])

    def active(self, defaults: Sequence[str]) -> list[ModelRef]:
        """The models that media get vectors of: those that have a row here, and the ``defaults`` (names) that were not
        taken out."""
        with self._reading():
            return models.active(self.connection, defaults)

    def models(self) -> list[StoredModel]:
        """The models whose vectors are kept, in the order in which they came."""
        with self._snapshot():
            rows = self._all(
                "SELECT name, fingerprint, modality, dim, dtype, space,"
                " (SELECT coalesce(sum(live), 0) FROM segment WHERE segment.model = model.id), weights"
                " FROM model ORDER BY id"
            )
            return [StoredModel(*(*row[:7], self._indexed(row[0]), row[7])) for row in rows]

    def model(self, name: str) -> StoredModel | None:
        return next((model for model in self.models() if model.name == name), None)

    def probe(self, name: str) -> bytes | None:
        """The model's vector of its fixed input when it was added: float32, little-endian."""
        row = self._one("SELECT probe FROM model WHERE name = ?", (name,))
        return None if row is None else row[0]

    def indexes(self, model: str) -> list[IndexRecord]:
        """The indexes over a model's vectors, newest first."""
        rows = self._all(
            "SELECT idx.id, model.name, kind, files, segments, settings, recall, milliseconds, why"
            " FROM idx JOIN model ON model.id = idx.model WHERE model.name = ? ORDER BY idx.id DESC",
            (model,),
        )
        return [
            IndexRecord(
                id=row[0],
                model=row[1],
                kind=row[2],
                files=tuple(json.loads(row[3])),
                segments={int(segment): rows for segment, rows in json.loads(row[4]).items()},
                settings=json.loads(row[5]),
                recall=row[6],
                milliseconds=row[7],
                why=row[8],
            )
            for row in rows
        ]

    def _indexed(self, model: str) -> int:
        """Vectors that the newest index covers. Counted from the tail's side, which is the short one."""
        indexes = self.indexes(model)
        if not indexes:
            return 0
        indexed = 0
        for segment, rows in indexes[0].segments.items():
            for (live,) in self._all("SELECT live FROM segment WHERE id = ?", (segment,)):
                tail = self._one("SELECT count(*) FROM vector WHERE segment = ? AND row >= ?", (segment, rows))
                indexed += live - tail[0]
        return indexed

    def setting(self, key: str) -> str | None:
        """What is remembered by this name."""
        with self._reading():
            return settings.get(self.connection, key)

    # Media and their places

    def lacking(self, hash: bytes, wanted: Wanted, modality: str) -> tuple[int | None, Products]:
        """The media item of this content (None: unknown) and which of the wanted products it lacks. ``modality`` is
        that of content which is unknown; what is known is asked by its own."""
        with self._reading():
            return products.lacking(self.connection, hash, wanted, modality)

    def subfolders(self, folder: str) -> list[str]:
        """Names of the folders directly in ``folder`` in which, or below which, the library knows places."""
        return Places(self.connection).children(folder)

    def folder_state(self, folder: str, wanted: Wanted, only: str | None = None) -> dict[str, tuple[FileState, bool]]:
        """What a listing is compared with: name → (state when it was last worked on, whether all is done for it). Of
        the name ``only``, if one is given.

        A file whose failure lies in its bytes counts as complete until it changes or ``retry`` was asked for it.
        """
        with self._reading():
            return products.folder_state(self.connection, folder, wanted, only)

    def media_info(self, id: int) -> MediaInfo | None:
        row = self._one(
            "SELECT id, hash, size, modality, format, width, height, taken_at, camera FROM media WHERE id = ?", (id,)
        )
        return None if row is None else MediaInfo(row[0], row[1], row[2], PictureInfo(*row[4:]), row[3])

    def modality_of(self, media: Iterable[int]) -> dict[int, str]:
        """What media items are, "image" or "text"; of those that are here."""
        return dict(self._paged("SELECT id, modality FROM media WHERE id IN ({})", media))

    def hashes(self, media: Sequence[int]) -> list[bytes]:
        """The contents' hashes, in the order of ``media``. Raises KeyError for one that is not here."""
        found = dict(self._paged("SELECT id, hash FROM media WHERE id IN ({})", media))
        return [found[int(one)] for one in media]

    def words(self, media: int) -> str | None:
        """The beginning of a text, at most 4,000 characters; None for what is no text."""
        row = self._one("SELECT words FROM text WHERE media = ?", (media,))
        return None if row is None else row[0]

    def media_at(self, path: str) -> int | None:
        """The media item that was last seen at an absolute path, or that a ``data:,`` URL stands for."""
        folder, name = split(path)
        row = self._one(
            "SELECT media FROM location WHERE folder = (SELECT id FROM folder WHERE path = ?) AND name = ?",
            (os.fsencode(folder), name),
        )
        return None if row is None else row[0]

    def placed(self, media: Iterable[int]) -> set[int]:
        """Those of these media items that are known at a place from where they have not gone."""
        return {row[0] for row in self._paged("SELECT media FROM location WHERE missing = 0 AND media IN ({})", media)}

    def locations(self, media: int) -> list[Location]:
        """Where a content was seen, the places where it still is first."""
        rows = self._all(
            "SELECT path, name, size, mtime_ns, missing FROM location JOIN folder ON folder.id = location.folder"
            " WHERE media = ? ORDER BY missing, path, name",
            (media,),
        )
        places = []
        for folder, name, size, mtime, missing in rows:
            place = join(folder, name)
            path = None if place.startswith(DATA) else place
            places.append(Location(path, place_to_url(place), FileState(size, mtime), bool(missing)))
        return places

    def spread(self, count: int) -> list[str]:
        """A place of each of up to ``count`` media that are not missing, spread evenly over all, oldest first."""
        with self._reading():
            [newest] = self._one("SELECT coalesce(max(id), 0) FROM media")
            found = {}
            for number in range(min(count, newest)):
                row = self._one(
                    "SELECT media, path, name FROM location JOIN folder ON folder.id = location.folder"
                    " WHERE media >= ? AND missing = 0 ORDER BY media LIMIT 1",
                    (number * newest // min(count, newest) + 1,),
                )
                if row is not None:
                    found[row[0]] = join(row[1], row[2])
        return list(found.values())

    def thumbnail(self, media: int) -> Thumbnail | None:
        row = self._one("SELECT jpeg, width, height FROM thumbnail WHERE media = ?", (media,))
        return None if row is None else Thumbnail(*row)

    # Vectors

    def vectors(self, model: str) -> VectorReader:
        """Memory maps of all rows of a model that are committed now. Raises NoSuchModel for one without a row here.

        The same object is brought up to date by the next call; arrays taken from it stay valid.
        """
        row = self._one("SELECT dim, dtype FROM model WHERE name = ?", (model,))
        if row is None:
            raise NoSuchModel(model)
        reader = self._readers.get(model)
        if reader is None or (reader.dim, reader.dtype) != row:  # another model of that name
            reader = self._readers[model] = VectorReader(self.layout.model_folder(model), *row)
        for _ in range(_MAPPING_TRIES):
            segments = self._all(
                "SELECT segment.id, rows FROM segment JOIN model ON model.id = segment.model"
                " WHERE name = ? AND rows > 0 ORDER BY segment.id",
                (model,),
            )
            try:
                reader.map(segments)
                return reader
            except FileNotFoundError as error:  # a compaction was faster: the catalog has new segments by now
                lost = error.filename
        raise LibraryDamaged(f"the vector file {lost} is gone; restore the library from a backup")

    def vectors_of(self, model: str, media: Sequence[int] | np.ndarray) -> np.ndarray:
        """Vectors as float32, n × dim, in the order of ``media``. Raises KeyError for one that has none."""
        there, vectors = self.known_vectors(model, media)
        if not there.all():
            raise KeyError(int(media[int(there.argmin())]))
        return vectors

    def known_vectors(self, model: str, media: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of these media items have a vector of a model, bool, n; and those vectors as float32, count × dim, in
        that order, of the same moment. None has one of a model without a row here."""
        import numpy as np

        from aptl3.storage.index.corpus import Corpus

        for _ in range(_MAPPING_TRIES):
            segments, rows = self._rows_of(model, media)
            there = segments >= 0
            if not there.any():
                break
            reader = self.vectors(model)  # after the places: it has their rows, unless a compaction has moved them
            corpus = Corpus.whole(reader.dim, reader.segments)
            if corpus.has(segments[there], rows[there]):
                return there, corpus.take(corpus.numbers(segments[there], rows[there]))
        row = self._one("SELECT dim FROM model WHERE name = ?", (model,))
        return np.zeros(len(media), bool), np.empty((0, row[0] if row else 0), np.float32)

    def _rows_of(self, model: str, media: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with self._reading():
            return addresses.of_media(self.connection, model, media)

    def rows_to_media(self, model: str, segment: int, rows: Iterable[int]) -> np.ndarray:
        """The media items, int64, of a segment's rows; −1 for a row whose media was removed."""
        with self._reading():
            return addresses.to_media(self.connection, model, segment, rows)

    def media_of_segment(self, segment: int) -> np.ndarray:
        """The media item of each committed row of a segment, int64; −1 where it was removed."""
        with self._reading():
            return addresses.of_segment(self.connection, segment)

    # Relations and alignments

    def relations(self) -> list[Relation]:
        """In the order in which they came. Counts their pairs, 0.3 s for 600,000."""
        with self._reading():
            return relations.listed(self.connection)

    def relation(self, key: str | int) -> Relation | None:
        """By name or id; a name that is a number may stand for an id."""
        listed = self.relations()
        ids = [one for one in listed if str(one.id) == str(key)]
        return next(iter([one for one in listed if one.name == key] or ids), None)

    def pairs(self, relation: int) -> np.ndarray:
        """The pairs of a relation as (picture, text), media items: int64, n × 2, ascending."""
        import numpy as np

        rows = self._all("SELECT a, b FROM pair WHERE relation = ? ORDER BY a, b", (relation,))
        return np.array(rows, np.int64).reshape(len(rows), 2)

    def captions_of(self, media: int) -> list[int]:
        """The texts that are paired with a picture."""
        return [row[0] for row in self._all("SELECT DISTINCT b FROM pair WHERE a = ? ORDER BY b", (media,))]

    def pictures_of(self, media: int) -> list[int]:
        """The pictures that are paired with a text."""
        return [row[0] for row in self._all("SELECT DISTINCT a FROM pair WHERE b = ? ORDER BY a", (media,))]

    def alignments(self) -> list[AlignmentRecord]:
        """Newest first."""
        with self._reading():
            return alignments.listed(self.connection)

    # Failures

    def failures(self, limit: int | None = None, after: str | None = None) -> Iterator[Failure]:
        """Failure rows by folder and name, from behind the URL ``after``; read page by page."""
        parent, name = ("", b"") if after is None else split(url_to_place(after))
        folder = os.fsencode(parent)
        left = limit
        while left is None or left > 0:
            page = self._all(
                "SELECT path, name, stage, reason, error, attempts FROM failure"
                " JOIN folder ON folder.id = failure.folder"
                " WHERE (path, name) > (?, ?) ORDER BY path, name LIMIT ?",
                (folder, name, _PAGE if left is None else min(left, _PAGE)),
            )
            if not page:
                return
            for folder, name, stage, reason, error, attempts in page:
                yield Failure(place_to_url(join(folder, name)), stage, Reason(reason), error, attempts)
            left = None if left is None else left - len(page)

    # Jobs

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return [_job(row) for row in self._all(f"{_JOB} ORDER BY id")]

    def unfinished(self) -> list[Job]:
        """The jobs that are under way, or can be gone on with, oldest first."""
        over = ", ".join(f"'{state.value}'" for state in JobState if state.over)
        return [_job(row) for row in self._all(f"{_JOB} WHERE state NOT IN ({over}) ORDER BY id")]

    def newest_job(self) -> int:
        """The number of the job that was begun last; 0 before the first."""
        return int(self._one("SELECT coalesce(max(id), 0) FROM job")[0])

    def job(self, id: int) -> Job | None:
        row = self._one(f"{_JOB} WHERE id = ?", (id,))
        return None if row is None else _job(row)

    def pending_items(self, job: int, after_id: int = 0, limit: int = 256) -> list[QueueItem]:
        """The next items of a job's queue by id."""
        rows = self._all(
            "SELECT job_item.id, path, name, size, mtime_ns FROM job_item JOIN folder ON folder.id = job_item.folder"
            " WHERE job = ? AND job_item.id > ? ORDER BY job_item.id LIMIT ?",
            (job, after_id, limit),
        )
        return [
            QueueItem(id, os.fsdecode(folder), Entry(os.fsdecode(name), FileState(size, mtime)))
            for id, folder, name, size, mtime in rows
        ]

    def pending_folders(self, job: int, limit: int = 64) -> list[tuple[str, str | None]]:
        """Folders that a job has still to list, by path, each with the last name that was recorded of it."""
        rows = self._all(
            "SELECT path, after FROM job_folder WHERE job = ? AND done = 0 ORDER BY path LIMIT ?", (job, limit)
        )
        return [(os.fsdecode(path), None if after is None else os.fsdecode(after)) for path, after in rows]

    # Reading

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """One state for the functions of the modules beside this one, whose errors are told."""
        with database.told(self.layout.catalog), self._snapshot():
            yield

    def _paged(self, sql: str, ids: Iterable[int]) -> list[Any]:
        with self._reading():
            return database.paged(self.connection, sql, ids)

    def _snapshot(self) -> contextlib.AbstractContextManager[None]:
        """One state for several statements; a writer in its transaction has that already."""
        if self.connection.in_transaction:
            return contextlib.nullcontext()
        return database.snapshot(self.connection)

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with database.told(self.layout.catalog):
            return self.connection.execute(sql, parameters).fetchall()

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        with database.told(self.layout.catalog):
            return self.connection.execute(sql, parameters).fetchone()


def _job(row: Sequence[Any]) -> Job:
    id, state, paths, seconds, pending, folders, error, *counts = row
    return Job(id, JobState(state), tuple(json.loads(paths)), JobCounts(*counts), seconds, pending, folders, error)
