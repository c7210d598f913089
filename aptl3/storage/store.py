"""What a library knows, for reading.

Guarantees: every method is one short read transaction (a statement, or a snapshot of a few), answers from committed
rows only, and changes no file. It goes on answering while a writer works. One thread, one Store. What is read of each
table stands in the module of that table's name, beside this one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from aptl3.records.failure import Failure
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job
from aptl3.records.media import FileState, Products, Thumbnail, Wanted
from aptl3.records.model import ModelRef, StoredModel
from aptl3.records.relation import AlignmentRecord, Relation
from aptl3.records.store import Counts, Location, MediaInfo, QueueItem
from aptl3.storage import (
    addresses,
    alignments,
    contents,
    database,
    failures,
    indexes,
    jobs,
    locations,
    models,
    products,
    relations,
    settings,
)
from aptl3.storage.layout import Layout
from aptl3.storage.places import Places
from aptl3.storage.readers import VectorReaders
from aptl3.storage.vectors import VectorReader

if TYPE_CHECKING:
    import numpy as np

_PAGE = 500  # failures at once
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


class Store:
    """A library opened for reading. Use it as a context manager, or ``close`` it."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        self.layout = layout
        self.connection = connection  # for the modules of this package; SQL stays among them
        self._readers = VectorReaders(connection, layout)

    @classmethod
    def open(cls, root: str | os.PathLike[str]) -> Store:
        """Raises LibraryMissing, LibraryOlder, LibraryNewer, LibraryDamaged or LibraryReadOnly."""
        layout = Layout.of(root)
        return cls(layout, database.connect_reader(layout.catalog))

    def close(self) -> None:
        self._readers.close()
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _read(
        self,
        function: Callable[Concatenate[sqlite3.Connection, _Given], _Found],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Found:
        """What the function reads of one state of the catalog; its errors are told."""
        with database.told(self.layout.catalog), database.snapshot(self.connection):
            return function(self.connection, *args, **kwargs)

    # The whole library

    def counts(self) -> Counts:
        """Reads six counters, whatever the library's size."""
        return self._read(_counts)

    def setting(self, key: str) -> str | None:
        """What is remembered by this name."""
        return self._read(settings.get, key)

    # Models and their indexes

    def active(self, defaults: Sequence[str]) -> list[ModelRef]:
        """The models that media get vectors of: those that have a row here, and the ``defaults`` (names) that were not
        taken out."""
        return self._read(models.active, defaults)

    def models(self) -> list[StoredModel]:
        """The models whose vectors are kept, in the order in which they came."""
        return self._read(models.listed)

    def model(self, name: str) -> StoredModel | None:
        return next((model for model in self.models() if model.name == name), None)

    def probe(self, name: str) -> bytes | None:
        """The model's vector of its fixed input when it was added: float32, little-endian."""
        return self._read(models.probe, name)

    def indexes(self, model: str) -> list[IndexRecord]:
        """The indexes over a model's vectors, newest first."""
        return self._read(indexes.listed, model)

    # Media and their places

    def lacking(self, hash: bytes, wanted: Wanted, modality: str) -> tuple[int | None, Products]:
        """The media item of this content (None: unknown) and which of the wanted products it lacks. ``modality`` is
        that of content which is unknown; what is known is asked by its own."""
        return self._read(products.lacking, hash, wanted, modality)

    def subfolders(self, folder: str) -> list[str]:
        """Names of the folders directly in ``folder`` in which, or below which, the library knows places."""
        return self._read(lambda connection: Places(connection).children(folder))

    def folder_state(self, folder: str, wanted: Wanted, only: str | None = None) -> dict[str, tuple[FileState, bool]]:
        """What a listing is compared with: name → (state when it was last worked on, whether all is done for it). Of
        the name ``only``, if one is given.

        A file whose failure lies in its bytes counts as complete until it changes or ``retry`` was asked for it.
        """
        return self._read(products.folder_state, folder, wanted, only)

    def media_info(self, id: int) -> MediaInfo | None:
        return self._read(contents.info, id)

    def modality_of(self, media: Iterable[int]) -> dict[int, str]:
        """What media items are, "image" or "text"; of those that are here."""
        return self._read(contents.modality_of, media)

    def hashes(self, media: Sequence[int]) -> list[bytes]:
        """The contents' hashes, in the order of ``media``. Raises KeyError for one that is not here."""
        return self._read(contents.hashes, media)

    def words(self, media: int) -> str | None:
        """The beginning of a text, at most 4,000 characters; None for what is no text."""
        return self._read(contents.words, media)

    def thumbnail(self, media: int) -> Thumbnail | None:
        return self._read(contents.thumbnail, media)

    def media_at(self, path: str) -> int | None:
        """The media item that was last seen at an absolute path, or that a ``data:,`` URL stands for."""
        return self._read(locations.media_at, path)

    def placed(self, media: Iterable[int]) -> set[int]:
        """Those of these media items that are known at a place from where they have not gone."""
        return self._read(locations.placed, media)

    def locations(self, media: int) -> list[Location]:
        """Where a content was seen, the places where it still is first."""
        return self._read(locations.of_media, media)

    def spread(self, count: int) -> list[str]:
        """A place of each of up to ``count`` media that are not missing, spread evenly over all, oldest first."""
        return self._read(locations.spread, count)

    # Vectors

    def vectors(self, model: str) -> VectorReader:
        """Memory maps of all rows of a model that are committed now. Raises NoSuchModel for one without a row here.

        The same object is brought up to date by the next call; arrays taken from it stay valid.
        """
        with database.told(self.layout.catalog):
            return self._readers.of(model)

    def vectors_of(self, model: str, media: Sequence[int] | np.ndarray) -> np.ndarray:
        """Vectors as float32, n × dim, in the order of ``media``. Raises KeyError for one that has none."""
        there, vectors = self.known_vectors(model, media)
        if not there.all():
            raise KeyError(int(media[int(there.argmin())]))
        return vectors

    def known_vectors(self, model: str, media: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of these media items have a vector of a model, bool, n; and those vectors as float32, count × dim, in
        that order, of the same moment. None has one of a model without a row here."""
        with database.told(self.layout.catalog):
            return self._readers.known(model, media)

    def rows_to_media(self, model: str, segment: int, rows: Iterable[int]) -> np.ndarray:
        """The media items, int64, of a segment's rows; −1 for a row whose media was removed."""
        return self._read(addresses.to_media, model, segment, rows)

    def media_of_segment(self, segment: int) -> np.ndarray:
        """The media item of each committed row of a segment, int64; −1 where it was removed."""
        return self._read(addresses.of_segment, segment)

    # Relations and alignments

    def relations(self) -> list[Relation]:
        """In the order in which they came. Counts their pairs, 0.3 s for 600,000."""
        return self._read(relations.listed)

    def relation(self, key: str | int) -> Relation | None:
        """By name or id; a name that is a number may stand for an id."""
        return self._read(relations.find, key)

    def pairs(self, relation: int) -> np.ndarray:
        """The pairs of a relation as (picture, text), media items: int64, n × 2, ascending."""
        return self._read(relations.pairs, relation)

    def captions_of(self, media: int) -> list[int]:
        """The texts that are paired with a picture."""
        return self._read(relations.texts_of, media)

    def pictures_of(self, media: int) -> list[int]:
        """The pictures that are paired with a text."""
        return self._read(relations.pictures_of, media)

    def alignments(self) -> list[AlignmentRecord]:
        """Newest first."""
        return self._read(alignments.listed)

    # Failures

    def failures(self, limit: int | None = None, after: str | None = None) -> Iterator[Failure]:
        """Failure rows by folder and name, from behind the URL ``after``; read page by page."""
        left = limit
        while left is None or left > 0:
            page = self._read(failures.page, after, _PAGE if left is None else min(left, _PAGE))
            if not page:
                return
            yield from page
            after = page[-1].url
            left = None if left is None else left - len(page)

    # Jobs

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return self._read(jobs.listed)

    def unfinished(self) -> list[Job]:
        """The jobs that are under way, or can be gone on with, oldest first."""
        return self._read(jobs.unfinished)

    def newest_job(self) -> int:
        """The number of the job that was begun last; 0 before the first."""
        return self._read(jobs.newest)

    def job(self, id: int) -> Job | None:
        return self._read(jobs.find, id)

    def pending_items(self, job: int, after_id: int = 0, limit: int = 256) -> list[QueueItem]:
        """The next items of a job's queue by id."""
        return self._read(jobs.items, job, after_id, limit)

    def pending_folders(self, job: int, limit: int = 64) -> list[tuple[str, str | None]]:
        """Folders that a job has still to list, by path, each with the last name that was recorded of it."""
        return self._read(jobs.folders, job, limit)


def _counts(connection: sqlite3.Connection) -> Counts:
    rows = dict(connection.execute("SELECT name, value FROM counter"))
    [vectors] = connection.execute("SELECT coalesce(sum(live), 0) FROM segment").fetchone()
    return Counts(rows["media"], rows["location"], rows["thumbnail"], rows["failure"], vectors, rows["text"])
