"""The writer: the one process that changes the library.

A batch of operations is one checkpoint. It holds the library's lock for its lifetime; when it dies, the next one cuts
off what was not committed, and every operation may come a second time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors.page import Kind, Page, refusal
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import Aptl3Error
from aptl3.records.index import IndexRecord
from aptl3.records.job import JobState
from aptl3.records.media import Result, Thumbnail
from aptl3.records.relation import AlignmentRecord
from aptl3.storage.checkpoint import Checkpoint
from aptl3.storage.writer import Writer as StoreWriter

LOCK_DEADLINE = 10.0  # seconds: an earlier supervisor that was killed leaves its writer a moment to notice


class Writer:
    """Stage: operations of one checkpoint → their answers. An error that the user can mend (a full disk, a model that
    no longer fits) refuses the operation whose error it is, under the error's name."""

    def __init__(self, root: Path, *, memory: FrameMemory) -> None:
        self._memory = memory
        self._store = StoreWriter.open(root, deadline=LOCK_DEADLINE)

    def run(self, batch: Sequence[r.WriterOperation]) -> list[Any]:
        try:
            with self._store.checkpoint() as checkpoint:
                answers = [self._apply(checkpoint, operation) for operation in batch]
        except Aptl3Error as error:
            if len(batch) > 1:  # nothing of the batch is stored: find out whose error it is
                return [answer for operation in batch for answer in self.run([operation])]
            return [Refused(type(error).__name__, str(error))]
        if any(isinstance(operation, (r.Remove, r.RemoveRelation)) for operation in batch):
            with suppress(Aptl3Error):  # what was removed is gone; the next removal gives its room back
                self._store.compact()
        return answers

    def close(self) -> None:
        self._store.close()

    def _apply(self, checkpoint: Checkpoint, operation: r.WriterOperation) -> Any:
        match operation:
            case m.Commit():
                return checkpoint.commit_result(self._result(operation))
            case m.Fail():
                return checkpoint.fail_item(
                    operation.job, operation.item, operation.stage, operation.reason, operation.error
                )
            case m.Record():
                page = Page.decode(self._memory.view(operation.frame)[: operation.used])
                return _record(checkpoint, operation.job, operation.folder, page)
            case m.Refuse():
                refused = refusal(operation.folder, operation.reason, operation.error)
                return _record(checkpoint, operation.job, operation.folder, refused)
            case r.Settle():
                return self._settle(checkpoint)
            case r.CreateJob():
                return checkpoint.create_job(operation.paths, json.loads(operation.options))
            case r.ChangeJob():
                return checkpoint.set_job(
                    operation.job, state=operation.state, error=operation.error, seconds_delta=operation.seconds
                )
            case r.FillJob():
                job = checkpoint.create_job((), {"fill": True})
                checkpoint.fill_job(job, operation.wanted)
                return job
            case r.AddIndex():
                return checkpoint.add_index(index_record(operation.record))
            case r.KeepSetting():
                return checkpoint.keep_setting(operation.key, operation.value)
            case r.Forget():
                return checkpoint.forget_failures(operation.urls)
            case r.Retry():
                return checkpoint.retry(operation.urls)
            case r.Remove():
                return asdict(checkpoint.remove(operation.paths))
            case _:
                return _teach(checkpoint, operation)

    def _settle(self, checkpoint: Checkpoint) -> None:
        for job in self._store.jobs():
            if job.state in (JobState.RUNNING, JobState.QUEUED):
                checkpoint.set_job(job.id, state=JobState.INTERRUPTED)

    def _result(self, commit: m.Commit) -> Result:
        view = self._memory.view(commit.frame)

        def at(region: m.Region) -> bytes:
            return bytes(view[region.start : region.start + region.size])

        place = commit.thumbnail
        return Result(
            job=commit.job,
            item=commit.item,
            folder=commit.folder,
            entry=commit.entry,
            hash=commit.hash,
            info=commit.info,
            vectors={model: at(region) for model, region in commit.vectors},
            thumbnail=place and Thumbnail(at(place.region), place.width, place.height),
            words=None if commit.words is None else str(at(commit.words), "utf-8"),
        )


def _teach(checkpoint: Checkpoint, operation: r.WriterOperation) -> Any:
    """Operations on what the library embeds with, and on what it knows of how its media belong together."""
    match operation:
        case r.AddModels():
            for spec, identity, weights in ((one.spec, one.identity, one.weights) for one in operation.models):
                checkpoint.add_model(spec, identity.fingerprint, identity.probe, weights)
        case r.RemoveModel():
            return asdict(checkpoint.remove_model(operation.name, operation.default))
        case r.Relate():
            return asdict(checkpoint.relate(operation.name, operation.source, operation.captions))
        case r.RemoveRelation():
            return asdict(checkpoint.remove_relation(operation.relation))
        case r.AddAlignment():
            return checkpoint.add_alignment(AlignmentRecord(**json.loads(operation.record)))
        case r.RemoveAlignment():
            return checkpoint.remove_alignment(operation.alignment)
    return None


def _record(checkpoint: Checkpoint, job: int, asked: str, page: Page) -> None:
    """``asked`` is the pending path: a folder, or a file when ``page`` is of the folder that it lies in."""
    checkpoint.record_listing(
        job,
        page.folder,
        page.queue,
        page.names(Kind.FOLDER),
        page.same,
        page.names(Kind.GONE),
        page.refused,
        page.after,
        of=asked if asked != page.folder else None,
    )
    for name in page.names(Kind.GONE_FOLDER):
        checkpoint.flag_missing(os.path.join(page.folder, name))


def index_record(text: str) -> IndexRecord:
    """The record that ``keeper`` encoded with ``dataclasses.asdict`` and JSON."""
    fields = json.loads(text)
    fields["files"] = tuple(fields["files"])
    fields["segments"] = {int(segment): rows for segment, rows in fields["segments"].items()}
    return IndexRecord(**fields)
