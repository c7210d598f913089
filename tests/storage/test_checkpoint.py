from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aptl3.records.failure import Reason
from aptl3.records.job import JobCounts, JobState
from aptl3.records.media import Products
from aptl3.records.store import Counts
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import (
    BLUE,
    FOLDER,
    RED,
    WANTED,
    entry,
    hash_of,
    ingest,
    queue,
    result,
    row,
)


def counts(writer: Writer, job: int) -> JobCounts:
    found = writer.job(job)
    assert found is not None
    return found.counts


def test_a_result_repeated_stores_and_counts_nothing_twice(writer: Writer, root: Path) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    for _ in range(3):
        with writer.checkpoint() as checkpoint:
            assert checkpoint.commit_result(result(job, item, 1))
    assert writer.counts() == Counts(media=1, locations=1, thumbnails=1, failures=0, vectors=2)
    assert counts(writer, job) == JobCounts(found=1, added=1, vectors=2, thumbnails=1)
    assert (root / "vectors" / "red" / "000001").read_bytes() == row(1)


def test_same_content_at_two_places_is_one_media_item(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg", "b.jpg", "c.jpg"])
    with writer.checkpoint() as checkpoint:  # two were computed at the same time, one was known when it was hashed
        for item, known in zip(items, (False, False, True), strict=True):
            assert checkpoint.commit_result(result(job, item, 1, known=known))
    assert writer.counts() == Counts(media=1, locations=3, thumbnails=1, failures=0, vectors=2)
    assert counts(writer, job) == JobCounts(found=3, duplicates=2, added=1, vectors=2, thumbnails=1)
    [(_, rows)] = writer.vectors("red").segments
    assert len(rows) == 1


def test_known_content_gets_just_what_it_lacks(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg", "b.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, items[0], 1, [RED]), thumbnail=None))
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, items[1], 1, [BLUE]), info=None))
    assert writer.counts() == Counts(media=1, locations=2, thumbnails=1, failures=0, vectors=2)
    assert counts(writer, job) == JobCounts(found=2, duplicates=1, added=1, vectors=2, thumbnails=1)
    assert writer.vectors_of("red", [1]).astype("<f2").tobytes() == row(1)
    assert writer.vectors_of("blue", [1]).tobytes() == row(1, BLUE)


def test_content_that_is_no_longer_known_must_be_computed(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    with writer.checkpoint() as checkpoint:
        assert not checkpoint.commit_result(result(job, item, 1, known=True))
    assert writer.pending_items(job) == [item]
    assert writer.counts().locations == 0


def test_an_edited_file_moves_its_location_to_the_new_content(writer: Writer) -> None:
    [old] = ingest(writer, {"a.jpg": 1})
    job, [item] = queue(writer, ["a.jpg"], state=2)
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
    assert writer.media_at(item.path) != old
    assert writer.locations(old) == []
    assert writer.counts() == Counts(media=2, locations=1, thumbnails=2, failures=0, vectors=4)


def test_a_vector_of_an_unknown_model_is_a_bug(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    with pytest.raises(KeyError, match="green"), writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, item, 1), vectors={"green": row(1)}))
    with pytest.raises(ValueError, match="bytes"), writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, item, 1), vectors={"red": b"short"}))
    assert writer.counts().media == 0


def test_failing_an_item_twice_counts_once(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    for _ in range(2):
        with writer.checkpoint() as checkpoint:
            checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, "no end of image")
    assert counts(writer, job) == JobCounts(found=1, failed=1)
    assert [failure.attempts for failure in writer.failures()] == [1]
    assert writer.pending_items(job) == []


def test_results_of_a_cancelled_job_are_kept_and_not_counted(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.CANCELLED)
    with writer.checkpoint() as checkpoint:
        assert checkpoint.commit_result(result(job, item, 1))
        checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, "too late")
    assert counts(writer, job) == JobCounts(found=1)
    assert writer.counts() == Counts(media=1, locations=1, thumbnails=1, failures=0, vectors=2)


def test_an_exception_undoes_the_whole_checkpoint(writer: Writer, root: Path) -> None:
    job, items = queue(writer, ["a.jpg", "b.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1))
    with pytest.raises(ZeroDivisionError), writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[1], 2))
        _ = 1 / 0
    assert writer.counts().media == 1
    assert writer.pending_items(job) == items[1:]
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[1], 3))
    assert (root / "vectors" / "red" / "000001").read_bytes() == row(1) + row(3)
    with Store.open(root) as store:
        assert store.lacking(hash_of(3), WANTED, "image") == (2, Products())


def test_entries_keep_their_state(writer: Writer) -> None:
    _, [item] = queue(writer, ["ä\udcff.jpg"], state=7)
    assert item.entry == entry("ä\udcff.jpg", 7)
    assert item.path == f"{FOLDER}/ä\udcff.jpg"
