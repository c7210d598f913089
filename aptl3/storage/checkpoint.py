"""One transaction of the writer, and all that may happen in one.

Guarantees: everything in a checkpoint is committed together or not at all, vectors included. Every operation may be
repeated (after a crash that came between its commit and the news of it) and then stores and counts nothing twice: an
item counts when its row leaves the queue, content is known by its hash, an unfinished job by what was asked.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aptl3.records.failure import Reason
from aptl3.records.index import IndexRecord
from aptl3.records.job import JobState
from aptl3.records.media import Entry, FileState, Result, Wanted
from aptl3.records.model import ModelSpec
from aptl3.records.relation import AlignmentRecord, Caption, Related
from aptl3.records.store import Compacted, Removed, RemovedModel, RemovedRelation
from aptl3.storage import (
    alignments,
    compaction,
    contents,
    failures,
    indexes,
    jobs,
    listing,
    models,
    products,
    relations,
    removal,
    settings,
)
from aptl3.storage.layout import Layout
from aptl3.storage.places import Places
from aptl3.storage.segments import ModelRow, Segments


class Checkpoint:
    """Made by ``Writer.checkpoint``; used within its ``with`` block only."""

    def __init__(self, connection: sqlite3.Connection, segments: Segments, layout: Layout) -> None:
        self.doomed: list[Path] = []  # files and folders to be removed once the commit is through
        self.outdated: list[Path] = []  # files to be removed before it: they can be made again, should it not come
        self._connection = connection
        self._segments = segments
        self._layout = layout
        self._places = Places(connection)
        self._models: dict[str, ModelRow] = {}
        self._counts: defaultdict[int, Counter[str]] = defaultdict(Counter)  # job → column → what it grows by

    def finish(self) -> None:
        """Writes what was gathered: the vectors, synced, and the jobs' counts."""
        self._segments.flush()
        for job, counts in self._counts.items():
            jobs.grow(self._connection, job, counts)

    # Models

    def add_model(self, spec: ModelSpec, fingerprint: str, probe: bytes, weights: str | None = None) -> None:
        """Makes a model's vectors welcome. ``probe``: its vector of a fixed input, the bytes of float32 values;
        ``weights``: where they lie, if not where its package or hub keeps them. Raises ModelMismatch when the name
        stands for a model that gives other vectors."""
        models.add(self._connection, spec, fingerprint, probe, weights)
        needed = (self._layout.model_folder(spec.name), self._layout.index_folder(spec.name))
        self.doomed = [path for path in self.doomed if path not in needed]  # it was taken out in this same transaction

    def remove_model(self, name: str, default: bool) -> RemovedModel:
        """Takes a model out with its vectors, indexes and alignments. ``default``: it is one that libraries embed with
        unasked, which is not to happen in this one any more. Raises BadArgument when there is no such model here."""
        known = self._connection.execute("SELECT id FROM model WHERE name = ?", (name,)).fetchone()
        removed, doomed = models.remove(self._connection, self._layout, name, default)
        if known is not None:
            self._segments.drop(known[0])
        self._models.pop(name, None)
        self.doomed += doomed
        self._drop_evaluations()
        return removed

    def keep_setting(self, key: str, value: str | None) -> None:
        """Remembers a value by name; None: no longer."""
        settings.put(self._connection, key, value)

    # Jobs

    def create_job(self, paths: Sequence[str], options: Mapping[str, Any]) -> int:
        """A job for these absolute paths, each of them a folder still to be listed. When one with the same paths and
        options is not over yet, that is it: the same command goes on with the same job."""
        return jobs.create(self._connection, paths, options)

    def set_job(
        self, job: int, *, state: JobState | None = None, error: str | None = None, seconds_delta: float = 0.0
    ) -> None:
        """Changes a job's state, and its error with it, and adds to the seconds worked on it (the one thing that a
        repetition counts twice). A state that is over drops what is left of its queue and its folders."""
        if state is not None:
            jobs.enter(self._connection, job, state, error)
        jobs.grow(self._connection, job, {"seconds": seconds_delta})

    def fill_job(self, job: int, wanted: Wanted) -> int:
        """Queues one place of each medium that lacks something wanted, as far as no failure is in the way; returns how
        many. Nothing happens when the job is over."""
        state = self._connection.execute("SELECT state FROM job WHERE id = ?", (job,)).fetchone()
        if state is None or JobState(state[0]).over:
            return 0
        queued = products.queue(self._connection, job, wanted)
        self._counts[job].update(found=queued)
        return queued

    def record_listing(
        self,
        job: int,
        folder: str,
        entries: Sequence[Entry],
        subfolders: Sequence[str],
        unchanged: int,
        gone: Sequence[str],
        refused: Sequence[tuple[str, Reason, str]],
        after: str | None,
        *,
        of: str | None = None,
    ) -> None:
        """Records a part of a folder's listing; nothing happens when it is recorded already or the job is over.

        ``entries``: only the files to queue. ``subfolders``: names or absolute paths, to be listed by this job too.
        ``unchanged``: how many files need not be read. ``gone``: every name known of this part (``folder_state``) that
        is not there any more; a name that was missing and is not among them is there again. ``refused``: (name, reason,
        text) each becomes a failure row, "" standing for the folder itself, which could not be listed. ``after``: the
        last name of this part (names ascend by their bytes), None when the folder is finished. ``of``: the pending path
        that is settled by this, where that is a single file and not ``folder``.
        """
        part = listing.Listing(folder, entries, subfolders, gone, refused, after, of)
        queued = listing.record(self._connection, self._places, job, part)
        if queued is not None:
            self._counts[job].update(found=queued, unchanged=unchanged, failed=len(refused))

    def flag_missing(self, folder: str) -> None:
        """Flags every location in and below ``folder`` as missing: it is gone with what was in it."""
        listing.flag_missing(self._connection, self._places, folder)

    # Results

    def commit_result(self, result: Result) -> bool:
        """Stores what a file came to. Content that is known gets what it lacks, and the place. False, and nothing is
        done, when ``info`` is None and the content is not in the library (it was removed meanwhile): the item stays in
        the queue and must be worked on in full. Raises KeyError for a vector of a model that was not added."""
        media, added = self._media(result)
        if media is None:
            return False
        vectors = sum([self._add_vector(media, self._model(name), row) for name, row in result.vectors.items()])
        thumbnails = 0
        if result.thumbnail is not None:
            thumbnails = contents.keep_thumbnail(self._connection, media, result.thumbnail)
        if result.words is not None:
            contents.keep_words(self._connection, media, result.words)
        place = self._places.id(result.folder), os.fsencode(result.entry.name)
        self._connection.execute(
            "INSERT INTO location (folder, name, size, mtime_ns, media) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (folder, name) DO UPDATE SET"
            " size = excluded.size, mtime_ns = excluded.mtime_ns, media = excluded.media, missing = 0",
            (*place, result.entry.state.size, result.entry.state.mtime_ns, media),
        )
        failures.drop(self._connection, place)
        if self._settle(result.item):
            counts = self._counts[result.job]
            counts["added" if added else "duplicates"] += 1
            counts["vectors"] += vectors
            counts["thumbnails"] += thumbnails
        return True

    def fail_item(self, job: int, item: int, stage: str, reason: Reason, error: str) -> None:
        """Gives an item up: its location gets a failure row. Nothing happens when it is settled already."""
        row = self._connection.execute(
            "SELECT folder, name, size, mtime_ns FROM job_item WHERE id = ?", (item,)
        ).fetchone()
        if row is None:
            return
        folder, name, size, mtime = row
        failures.record(self._connection, (folder, name), FileState(size, mtime), stage, reason, error)
        if reason is Reason.VANISHED:
            self._connection.execute("UPDATE location SET missing = 1 WHERE folder = ? AND name = ?", (folder, name))
        self._settle(item)
        self._counts[job]["failed"] += 1

    def forget_failures(self, urls: Sequence[str] | None = None) -> int:
        """Deletes the failures of these URLs, or all; returns how many. The files are tried again when next listed."""
        return failures.forget(self._connection, self._places, urls)

    def retry(self, urls: Sequence[str] | None = None) -> list[str]:
        """Marks the failures of these URLs, or all, for another try; returns the paths to ingest."""
        return failures.retry(self._connection, self._places, urls)

    def remove(self, paths: Sequence[str]) -> Removed:
        """Takes out what is at and below these absolute paths; ``Writer.compact`` gives the room back."""
        self._drop_evaluations()
        return removal.remove(self._connection, self._places, paths)

    def compact(self) -> Compacted:
        """Rewrites the segments that have dead rows. For ``Writer.compact``, in a checkpoint with nothing else."""
        rewritten = compaction.compact(self._connection, self._segments)
        for model in rewritten.models:
            self.doomed += indexes.remove(self._connection, self._layout, model)
        self.doomed += rewritten.old
        return rewritten.counts

    # Relations and alignments

    def relate(self, name: str, source: str, captions: Sequence[Caption]) -> Related:
        """Pairs photographs with their captions in the relation ``name``, which begins with its first pair; ``source``
        says to people where it comes from. A caption becomes a text medium that lies in no file, still to be embedded.
        A photograph that the library has not seen at its path is only counted. Raises BadArgument for a caption that is
        empty, or longer than ``CAPTION_BYTES``."""
        return relations.relate(self._connection, self._places, name, source, captions)

    def remove_relation(self, id: int) -> RemovedRelation:
        """Takes a relation out, with the texts that lie in no file and are in no other. Raises BadArgument for an
        unknown one."""
        self._drop_evaluations()
        return relations.remove(self._connection, self._places, id)

    def add_alignment(self, record: AlignmentRecord) -> int:
        """Makes an alignment known whose file lies in its place, instead of an older one of that name; ``record.id`` is
        not looked at. Returns the id. Raises BadArgument when the file is gone, or one of the models."""
        id = alignments.add(self._connection, self._layout, record, models.removed(self._connection))
        for older in alignments.older(self._connection, record.name, id):
            self.remove_alignment(older)
        return id

    def remove_alignment(self, id: int) -> None:
        """Takes an alignment out, with its file. Raises BadArgument for an unknown one."""
        self.doomed += alignments.remove(self._connection, self._layout, id)

    # Indexes

    def add_index(self, record: IndexRecord) -> int | None:
        """Makes an index, whose files lie in their place, the one that answers; older ones of the model go with their
        files. ``record.id`` is not looked at; returns the new one, or None when the model was taken out while the
        index was built: then the files go too."""
        try:
            model = self._model(record.model)
        except KeyError:
            self.doomed.append(self._layout.index_folder(record.model))
            return None
        self.doomed += indexes.remove(self._connection, self._layout, model.id, keep=record.files)
        return indexes.add(self._connection, model.id, record)

    def _drop_evaluations(self) -> None:
        """What was measured is of models, and of media one by one, that may be about to go."""
        self.outdated += self._layout.evaluations.glob("*")

    def _model(self, name: str) -> ModelRow:
        if name not in self._models:
            row = self._connection.execute("SELECT id, name, dim, dtype FROM model WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise KeyError(name)
            self._models[name] = ModelRow(*row)
        return self._models[name]

    def _media(self, result: Result) -> tuple[int | None, bool]:
        """The media item of the result's content, and whether it is new."""
        known = contents.find(self._connection, result.hash)
        if known is not None or result.info is None:
            return known, False
        return contents.add(self._connection, result.hash, result.entry.state.size, result.info), True

    def _add_vector(self, media: int, model: ModelRow, row: bytes) -> bool:
        known = self._connection.execute("SELECT 1 FROM vector WHERE media = ? AND model = ?", (media, model.id))
        if known.fetchone() is not None:
            return False
        self._connection.execute(
            "INSERT INTO vector (media, model, segment, row, checksum) VALUES (?, ?, ?, ?, ?)",
            (media, model.id, *self._segments.append(model, row), zlib.crc32(row)),
        )
        return True

    def _settle(self, item: int) -> bool:
        """Takes an item out of the queue; False when it had left it before."""
        return self._connection.execute("DELETE FROM job_item WHERE id = ?", (item,)).rowcount == 1
