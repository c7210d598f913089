from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aptl3.records.job import JobState
from aptl3.records.media import PictureInfo
from aptl3.records.store import Counts
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import BLUE, FOLDER, RED, WANTED, hash_of, ingest, queue, result, row, thumbnail


def test_an_empty_library_has_nothing(writer: Writer, root: Path) -> None:
    with Store.open(root) as store:
        assert store.counts() == Counts(0, 0, 0, 0, 0)
        assert [model.name for model in store.models()] == ["red", "blue"]
        assert store.folder_state(FOLDER, WANTED) == {}
        assert store.lacking(hash_of(1), WANTED, "image") == (None, WANTED.image)
        one = [store.media_info(1), store.thumbnail(1), store.media_at("/x"), store.job(1)]
        named = [store.model("green"), store.probe("green")]
        assert not any(answer is not None for answer in [*one, *named])
        assert not any([store.locations(1), list(store.failures()), store.jobs(), store.pending_items(1)])
        assert store.vectors("red").segments == []
        with pytest.raises(KeyError):
            store.vectors("green")


def test_what_goes_in_comes_out(writer: Writer, root: Path) -> None:
    media = ingest(writer, {"a.jpg": 1, "b.jpg": 2, "c.jpg": 1})
    assert media[0] == media[2] != media[1]
    with Store.open(root) as store:
        assert store.counts() == Counts(media=2, locations=3, thumbnails=2, failures=0, vectors=4)
        info = store.media_info(media[0])
        assert info is not None and (info.hash, info.size) == (hash_of(1), 101)
        assert info.picture == PictureInfo("JPEG", 300, 200, "2020-02-02T02:02:02", "box")
        assert store.thumbnail(media[1]) == thumbnail(2)
        assert [place.path for place in store.locations(media[0])] == [f"{FOLDER}/a.jpg", f"{FOLDER}/c.jpg"]
        assert store.locations(media[1])[0].url == "file:///photographs/b.jpg"
        for spec in (RED, BLUE):
            [(segment, rows)] = store.vectors(spec.name).segments
            assert rows.tobytes() == row(1, spec) + row(2, spec)
            assert store.rows_to_media(spec.name, segment, np.array([1, 0, 7])).tolist() == [media[1], media[0], -1]
            assert store.media_of_segment(segment).tolist() == media[:2]
            vectors = store.vectors_of(spec.name, [media[1], media[0]])
            assert vectors.dtype == np.float32
            assert vectors.astype(spec.dtype).tobytes() == row(2, spec) + row(1, spec)
        assert store.rows_to_media("blue", store.vectors("red").segments[0][0], [0]).tolist() == [-1]
        with pytest.raises(KeyError):
            store.vectors_of("red", [99])


def test_rows_of_a_checkpoint_under_way_are_not_seen(writer: Writer, root: Path) -> None:
    job, items = queue(writer, ["a.jpg"])
    with Store.open(root) as store, writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1))
        assert writer.counts().media == 1
        assert store.counts().media == 0
        assert store.vectors("red").segments == []


def test_asking_costs_the_same_whatever_the_size(writer: Writer, root: Path) -> None:
    """Counted in the steps of SQLite's virtual machine: answers that scanned a table would grow with it."""

    def steps(ask: Callable[[Store], object]) -> int:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        with Store.open(root) as store:
            store.connection.set_progress_handler(step, 1)
            ask(store)
            store.connection.set_progress_handler(None, 1)
        return count

    def costs() -> list[int]:
        return [
            steps(ask)
            for ask in (
                Store.counts,
                Store.models,
                lambda store: store.job(job),
                lambda store: store.lacking(hash_of(1), WANTED, "image"),
                lambda store: store.pending_items(job, items[1].id, 2),
                lambda store: store.locations(1),
                lambda store: store.rows_to_media("red", 1, [0, 1]),
                lambda store: store.media_at(f"{FOLDER}/000.jpg"),
                lambda store: store.folder_state("/empty", WANTED),
            )
        ]

    job, items = queue(writer, [f"{i}.jpg" for i in range(10)], "/queue")
    ingest(writer, {"000.jpg": 1, "001.jpg": 2})
    ingest(writer, {"100.jpg": 101})  # a second job, so that only the number of rows differs from here
    few = costs()
    job_more, more = queue(writer, [f"{i:04}.jpg" for i in range(600)])
    with writer.checkpoint() as checkpoint:
        for i, item in enumerate(more[:300]):
            checkpoint.commit_result(result(job_more, item, 1000 + i))
        checkpoint.set_job(job_more, state=JobState.DONE)
    assert costs() == few
