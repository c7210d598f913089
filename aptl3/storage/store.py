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
from aptl3.records.media import Entry, FileState, PictureInfo, Products, Thumbnail
from aptl3.records.model import StoredModel
from aptl3.records.store import Counts, Location, MediaInfo, QueueItem
from aptl3.storage import database
from aptl3.storage.layout import Layout
from aptl3.storage.places import Places
from aptl3.storage.url import path_to_url, url_to_path
from aptl3.storage.vectors import VectorReader

if TYPE_CHECKING:
    import numpy as np

# Reasons that lie outside the file's bytes: the same file may well succeed the next time, so it is tried again.
PASSING = (Reason.VANISHED, Reason.CHANGED, Reason.UNREADABLE)

_MAPPING_TRIES = 5
_PAGE = 500  # rows a statement, or parameters: SQLite takes 999 in its oldest versions
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
        """Raises LibraryMissing, LibraryNewer, LibraryDamaged or LibraryReadOnly."""
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
        """Reads five counters, whatever the library's size."""
        with self._snapshot():
            rows = dict(self._all("SELECT name, value FROM counter"))
            [(vectors,)] = self._all("SELECT coalesce(sum(live), 0) FROM segment")
        return Counts(rows["media"], rows["location"], rows["thumbnail"], rows["failure"], vectors)

    def setting(self, key: str) -> str | None:
        row = self._one("SELECT value FROM setting WHERE key = ?", (key,))
        return None if row is None else row[0]

    def models(self) -> list[StoredModel]:
        """The models whose vectors are kept, in the order in which they came."""
        with self._snapshot():
            rows = self._all(
                "SELECT name, fingerprint, modality, dim, dtype, space,"
                " (SELECT coalesce(sum(live), 0) FROM segment WHERE segment.model = model.id) FROM model ORDER BY id"
            )
            return [StoredModel(*(*row, self._indexed(row[0]))) for row in rows]

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

    # Media and their places

    def lacking(self, hash: bytes, wanted: Products) -> tuple[int | None, Products]:
        """The media item of this content (None: unknown) and which of the ``wanted`` products it lacks."""
        with self._snapshot():
            row = self._one("SELECT id FROM media WHERE hash = ?", (hash,))
            if row is None:
                return None, wanted
            (media,) = row
            stored = self._all(
                "SELECT name FROM vector JOIN model ON model.id = vector.model WHERE media = ?", (media,)
            )
            has_thumbnail = not wanted.thumbnail or self._one("SELECT 1 FROM thumbnail WHERE media = ?", (media,))
        models = tuple(model for model in wanted.models if (model,) not in stored)
        return media, Products(models, not has_thumbnail)

    def subfolders(self, folder: str) -> list[str]:
        """Names of the folders directly in ``folder`` in which, or below which, the library knows places."""
        return Places(self.connection).children(folder)

    def folder_state(self, folder: str, wanted: Products) -> dict[str, tuple[FileState, bool]]:
        """What a listing is compared with: name → (state when it was last worked on, whether all is done for it).

        A file whose failure lies in its bytes counts as complete until it changes or ``retry`` was asked for it.
        """
        with self._snapshot():
            row = self._one("SELECT id FROM folder WHERE path = ?", (os.fsencode(folder),))
            if row is None:
                return {}
            names = ", ".join("?" * len(wanted.models))
            located = self._all(
                "SELECT name, size, mtime_ns,"
                f" (SELECT count(*) FROM vector JOIN model ON model.id = vector.model"
                f"  WHERE vector.media = location.media AND model.name IN ({names})) = ?"
                " AND (? OR EXISTS (SELECT 1 FROM thumbnail WHERE thumbnail.media = location.media))"
                " FROM location WHERE folder = ?",
                (*wanted.models, len(wanted.models), not wanted.thumbnail, row[0]),
            )
            failed = self._all(
                "SELECT name, size, mtime_ns, reason, retry FROM failure WHERE folder = ? AND size >= 0", row
            )
        decode = os.fsdecode
        known = {decode(name): (FileState(size, mtime), bool(done)) for name, size, mtime, done in located}
        for name, size, mtime, reason, retry in failed:
            known[decode(name)] = FileState(size, mtime), not retry and Reason(reason) not in PASSING
        return known

    def media_info(self, id: int) -> MediaInfo | None:
        row = self._one("SELECT id, hash, size, format, width, height, taken_at, camera FROM media WHERE id = ?", (id,))
        return None if row is None else MediaInfo(row[0], row[1], row[2], PictureInfo(*row[3:]))

    def media_at(self, path: str) -> int | None:
        """The media item that was last seen at an absolute path."""
        folder, name = os.path.split(path)
        row = self._one(
            "SELECT media FROM location WHERE folder = (SELECT id FROM folder WHERE path = ?) AND name = ?",
            (os.fsencode(folder), os.fsencode(name)),
        )
        return None if row is None else row[0]

    def placed(self, media: Iterable[int]) -> set[int]:
        """Those of these media items that are known at a place from where they have not gone."""
        found: set[int] = set()
        wanted = list(dict.fromkeys(media))
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows = self._all(f"SELECT DISTINCT media FROM location WHERE missing = 0 AND media IN ({marks})", part)
            found.update(row[0] for row in rows)
        return found

    def locations(self, media: int) -> list[Location]:
        """Where a content was seen, the places where it still is first."""
        rows = self._all(
            "SELECT path, name, size, mtime_ns, missing FROM location JOIN folder ON folder.id = location.folder"
            " WHERE media = ? ORDER BY missing, path, name",
            (media,),
        )
        places = []
        for folder, name, size, mtime, missing in rows:
            path = os.path.join(os.fsdecode(folder), os.fsdecode(name))
            places.append(Location(path, path_to_url(path), FileState(size, mtime), bool(missing)))
        return places

    def thumbnail(self, media: int) -> Thumbnail | None:
        row = self._one("SELECT jpeg, width, height FROM thumbnail WHERE media = ?", (media,))
        return None if row is None else Thumbnail(*row)

    # Vectors

    def vectors(self, model: str) -> VectorReader:
        """Memory maps of all rows of a model that are committed now. Raises KeyError for a model without a row here.

        The same object is brought up to date by the next call; arrays taken from it stay valid.
        """
        row = self._one("SELECT dim, dtype FROM model WHERE name = ?", (model,))
        if row is None:
            raise KeyError(model)
        reader = self._readers.get(model)
        if reader is None:
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

    def vectors_of(self, model: str, media: Sequence[int]) -> np.ndarray:
        """Vectors as float32, n × dim, in the order of ``media``. Raises KeyError for one that has none."""
        import numpy as np

        for _ in range(_MAPPING_TRIES):
            places = [self._place(model, int(one)) for one in media]
            reader = self.vectors(model)  # after the places: it has their rows, unless a compaction has moved them
            arrays = dict(reader.segments)
            if all(row < len(arrays.get(segment, ())) for segment, row in places):
                vectors = np.empty((len(places), reader.dim), np.float32)
                for i, (segment, row) in enumerate(places):
                    vectors[i] = arrays[segment][row]
                return vectors
        raise KeyError(model)

    def _place(self, model: str, media: int) -> tuple[int, int]:
        """Segment and row of a vector."""
        place = self._one(
            "SELECT segment, row FROM vector JOIN model ON model.id = vector.model WHERE media = ? AND name = ?",
            (media, model),
        )
        if place is None:
            raise KeyError(media)
        return place[0], place[1]

    def rows_to_media(self, model: str, segment: int, rows: Iterable[int]) -> np.ndarray:
        """The media items, int64, of a segment's rows; −1 for a row whose media was removed."""
        import numpy as np

        wanted = [int(row) for row in rows]
        found: dict[int, int] = {}
        with self._snapshot():
            for start in range(0, len(wanted), _PAGE):
                page = wanted[start : start + _PAGE]
                found.update(
                    self._all(
                        f"SELECT row, media FROM vector WHERE segment = ? AND row IN ({', '.join('?' * len(page))})"
                        " AND model = (SELECT id FROM model WHERE name = ?)",
                        (segment, *page, model),
                    )
                )
        return np.array([found.get(row, -1) for row in wanted], np.int64)

    def media_of_segment(self, segment: int) -> np.ndarray:
        """The media item of each committed row of a segment, int64; −1 where it was removed."""
        import numpy as np

        with self._snapshot():
            [(rows,)] = self._all("SELECT rows FROM segment WHERE id = ?", (segment,)) or [(0,)]
            pairs = self._all("SELECT row, media FROM vector WHERE segment = ?", (segment,))
        media = np.full(rows, -1, np.int64)
        if pairs:
            table = np.array(pairs, np.int64)
            media[table[:, 0]] = table[:, 1]
        return media

    # Failures

    def failures(self, limit: int | None = None, after: str | None = None) -> Iterator[Failure]:
        """Failure rows by folder and name, from behind the URL ``after``; read page by page."""
        folder, name = (b"", b"") if after is None else map(os.fsencode, os.path.split(url_to_path(after)))
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
                path = os.path.join(os.fsdecode(folder), os.fsdecode(name))
                yield Failure(path_to_url(path), stage, Reason(reason), error, attempts)
            left = None if left is None else left - len(page)

    # Jobs

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return [_job(row) for row in self._all(f"{_JOB} ORDER BY id")]

    def job(self, id: int) -> Job | None:
        row = self._one(f"{_JOB} WHERE id = ?", (id,))
        return None if row is None else _job(row)

    def job_options(self, id: int) -> dict[str, Any]:
        """What ``create_job`` was given. Raises KeyError for an unknown job."""
        row = self._one("SELECT options FROM job WHERE id = ?", (id,))
        if row is None:
            raise KeyError(id)
        return dict(json.loads(row[0]))

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
