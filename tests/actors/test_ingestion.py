"""Jobs over the real stages in one process, in order: what is stored, what is refused, how a job ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors import upkeep
from aptl3.actors.ingestion import Ingestion
from aptl3.actors.pipeline import Places, frame_pool, specs
from aptl3.actors.runtime.inline import InlineSupervisor
from aptl3.actors.runtime.spec import Refused
from aptl3.actors.writer import Writer
from aptl3.config import Machine, default_settings
from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.records.job import Job, JobState
from aptl3.storage.verify import verify
from tests.photographs import make_folder

SETTINGS = replace(default_settings(Machine(cores=2, memory=4 << 30)), open_items=8)


class Inline:
    """An ingestion whose stages run in this process; ``refuse`` makes the writer refuse, as a full disk would."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.refuse: Callable[[Any], Refused | None] = lambda operation: None
        places = Places(root, cache)
        pool = frame_pool(SETTINGS)
        children = specs(places, SETTINGS)
        children[0] = replace(children[0], build=self._writer)
        self.runner = InlineSupervisor(children, pool)
        self.ingestion = Ingestion(places, SETTINGS, self.runner, pool)
        self.pool = pool
        self.ingestion.start()
        self.run()

    def _writer(self, root: Path, *, memory: Any) -> Any:
        outer, writer = self, Writer(root, memory=memory)

        class Refusing:
            def run(self, batch: Any) -> Any:
                allowed = [operation for operation in batch if outer.refuse(operation) is None]
                answers = iter(writer.run(allowed) if allowed else [])
                return [outer.refuse(operation) or next(answers) for operation in batch]

            def close(self) -> None:
                writer.close()

        return Refusing()

    def run(self) -> None:
        for _ in range(100_000):
            if self.ingestion.idle:
                return
            self.ingestion.step(0.0)
        raise AssertionError("the ingestion does not come to an end")

    def submit(self, *paths: Path) -> int:
        answers: list[Any] = []
        self.ingestion.submit([os.fspath(path) for path in paths], {}, answers.append)
        while not answers:
            self.ingestion.step(0.0)
        return int(answers[0])

    def ingest(self, *paths: Path) -> Job:
        number = self.submit(*paths)
        self.run()
        return self.ingestion.job(number)


@pytest.fixture
def inline(tmp_path: Path, model_cache: Path) -> Iterator[Inline]:
    made = Inline(tmp_path / "library", model_cache)
    yield made
    made.ingestion.close()
    assert made.pool.in_use == 0


def test_a_folder_becomes_vectors_and_thumbnails(inline: Inline, photographs: Path, tmp_path: Path) -> None:
    job = inline.ingest(photographs)
    assert job.state is JobState.DONE
    assert (job.counts.found, job.counts.added, job.counts.duplicates) == (30, 27, 3)
    assert job.counts.vectors == job.counts.thumbnails == 27
    assert verify(tmp_path / "library") == []


def test_a_full_disk_leaves_the_job_resumable_and_says_so(inline: Inline, photographs: Path) -> None:
    inline.refuse = lambda operation: Refused("DiskFull", "no room") if isinstance(operation, m.Commit) else None
    stopped = inline.ingest(photographs)
    assert stopped.state is JobState.INTERRUPTED
    assert stopped.error == "no room"
    assert (stopped.pending > 0, stopped.counts.added) == (True, 0)
    inline.refuse = lambda operation: None
    done = inline.ingest(photographs)
    assert (done.id, done.state, done.counts.added) == (stopped.id, JobState.DONE, 27)


def test_vectors_of_a_model_that_does_not_fit_are_never_stored(inline: Inline, photographs: Path) -> None:
    inline.refuse = lambda operation: Refused("ModelMismatch", "other") if isinstance(operation, r.AddModels) else None
    stopped = inline.ingest(photographs)
    assert (stopped.state, stopped.error) == (JobState.INTERRUPTED, "other")
    assert stopped.counts.vectors == 0
    inline.refuse = lambda operation: None
    assert inline.ingest(photographs).counts.vectors == 27


def test_a_mistake_in_one_operation_is_nobody_elses(inline: Inline, photographs: Path) -> None:
    number = inline.submit(photographs)
    answers: list[Any] = []
    while not (inline.ingestion.job(number).counts.added and inline.runner.queued("writer")):
        inline.ingestion.step(0.0)
    inline.ingestion.operate(r.Forget(("no url at all",)), answers.append)
    inline.run()
    assert isinstance(answers[0], BadArgument)
    job = inline.ingestion.job(number)
    assert (job.state, job.counts.added) == (JobState.DONE, 27)


def test_a_job_whose_end_cannot_be_stored_still_ends(inline: Inline, photographs: Path) -> None:
    def full(operation: Any) -> Refused | None:
        ends = isinstance(operation, r.ChangeJob) and operation.state is JobState.INTERRUPTED
        return Refused("DiskFull", "no room") if ends or isinstance(operation, (m.Record, m.Commit)) else None

    inline.refuse = full
    job = inline.ingest(photographs)
    assert (job.state, job.error) == (JobState.INTERRUPTED, "no room")
    inline.refuse = lambda operation: None
    assert inline.ingest(photographs).counts.added == 27


def test_a_job_asked_for_again_while_it_ends_loses_nothing(inline: Inline, photographs: Path) -> None:
    number = inline.submit(photographs)
    while not inline.ingestion.job(number).counts.added:
        inline.ingestion.step(0.0)
    inline.ingestion.end(number, JobState.INTERRUPTED)
    assert inline.submit(photographs) == number
    inline.run()
    job = inline.ingestion.job(number)
    assert (job.state, job.counts.found, job.counts.added) == (JobState.DONE, 30, 27)


def test_a_text_model_that_is_missing_does_not_stop_the_pictures(
    inline: Inline, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str, cache: Path) -> bool:
        raise ModelUnavailable("install it")

    monkeypatch.setattr(upkeep, "prepared", missing)
    job = inline.ingest(photographs)
    assert (job.state, job.error, job.counts.added) == (JobState.DONE, "install it", 27)


def test_a_file_whose_commit_kills_the_writer_is_given_up_and_named(inline: Inline, photographs: Path) -> None:
    def deadly(operation: Any) -> Refused | None:
        mine = isinstance(operation, m.Commit) and operation.entry.name.endswith("3.jpg")
        return Refused("crash", "killed") if mine else None

    inline.refuse = deadly
    job = inline.ingest(photographs)
    assert (job.state, job.counts.failed) == (JobState.DONE, 3)
    assert {failure.reason.value for failure in inline.ingestion.store.failures()} == {"crash"}


def test_a_cancelled_job_is_over_and_keeps_what_it_has(inline: Inline, photographs: Path, tmp_path: Path) -> None:
    make_folder(photographs, 200, seed=1)
    number = inline.submit(photographs)
    while inline.ingestion.job(number).counts.added < 5:
        inline.ingestion.step(0.0)
    inline.ingestion.end(number, JobState.CANCELLED)
    inline.run()
    job = inline.ingestion.job(number)
    assert job.state is JobState.CANCELLED
    assert 5 <= job.counts.added < 180
    assert verify(tmp_path / "library") == []
    assert inline.ingest(photographs).id != number


def test_jobs_wait_for_each_other(inline: Inline, photographs: Path) -> None:
    first = inline.submit(photographs / "000" / "1")
    second = inline.submit(photographs / "000" / "2")
    assert [job["job"] for job in inline.ingestion.active()] == [first, second]
    inline.run()
    assert [inline.ingestion.job(one).state for one in (first, second)] == [JobState.DONE, JobState.DONE]


def test_a_folder_that_cannot_be_listed_is_one_failure(inline: Inline, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    number = inline.submit(folder)
    folder.rmdir()
    inline.run()
    assert inline.ingestion.job(number).state is JobState.DONE
    assert [failure.reason.value for failure in inline.ingestion.store.failures()] == ["vanished"]


def test_models_come_and_go_between_the_items_of_a_job(inline: Inline, photographs: Path, tmp_path: Path) -> None:
    """Every item is computed by the models of one moment, and what was done before is made up for."""
    answers: list[Any] = []
    number = inline.submit(photographs)
    while inline.ingestion.job(number).counts.added < 5:
        inline.ingestion.step(0.0)
    inline.ingestion.add_model("r-16", None, answers.append)
    while not answers:
        inline.ingestion.step(0.0)
    assert inline.ingestion.job(number).state is JobState.RUNNING
    inline.run()
    assert [inline.ingestion.job(one).state for one in (number, answers[0])] == [JobState.DONE, JobState.DONE]
    assert {model.name: model.vectors for model in inline.ingestion.store.models()}["r-16"] == 27
    make_folder(photographs, 60, seed=1)
    number = inline.submit(photographs)
    while inline.ingestion.job(number).counts.added < 5:
        inline.ingestion.step(0.0)
    inline.ingestion.remove_model("r-16", answers.append)
    inline.run()
    job = inline.ingestion.job(number)
    assert (job.state, job.error, job.counts.added) == (JobState.DONE, None, 27)
    assert "r-16" not in {model.name for model in inline.ingestion.store.models()}
    assert verify(tmp_path / "library") == []
