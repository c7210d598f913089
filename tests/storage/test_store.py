from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import LibraryDamaged
from aptl3.records.failure import Reason
from aptl3.records.index import IndexRecord
from aptl3.records.job import JobState
from aptl3.records.media import FileState, PictureInfo, Products, Wanted
from aptl3.records.store import Counts
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import BLUE, FOLDER, RED, WANTED, entry, hash_of, ingest, queue, result, row, thumbnail


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


def test_vectors_are_mapped_read_only_and_follow_commits(writer: Writer, root: Path) -> None:
    with Store.open(root) as store:
        ingest(writer, {"a.jpg": 1})
        [(_, first)] = store.vectors("red").segments
        ingest(writer, {"b.jpg": 2})
        [(_, both)] = store.vectors("red").segments
        assert (len(first), len(both)) == (1, 2)
        assert first.tobytes() == row(1)
        with pytest.raises(ValueError, match="read-only"):
            both[0, 0] = 1


def test_a_compaction_between_the_catalog_and_the_files(
    writer: Writer, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(writer, {"a.jpg": 1, "b.jpg": 2})
    with Store.open(root) as store:
        rows_of = store._rows_of

        def compacted_since(model: str, media: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
            found = rows_of(model, media)
            writer.remove([f"{FOLDER}/a.jpg"])
            writer.compact()
            return found

        monkeypatch.setattr(store, "_rows_of", compacted_since)
        assert store.vectors_of("red", [2]).astype("<f2").tobytes() == row(2)
        with pytest.raises(KeyError):
            store.vectors_of("red", [1])


def test_rows_of_a_checkpoint_under_way_are_not_seen(writer: Writer, root: Path) -> None:
    job, items = queue(writer, ["a.jpg"])
    with Store.open(root) as store, writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1))
        assert writer.counts().media == 1
        assert store.counts().media == 0
        assert store.vectors("red").segments == []


@pytest.mark.parametrize("damage", [lambda path: os.truncate(path, 10), os.unlink])
def test_a_lost_vector_file_is_told(writer: Writer, root: Path, damage: Callable[[Path], None]) -> None:
    ingest(writer, {"a.jpg": 1})
    damage(root / "vectors" / "red" / "000001")
    with Store.open(root) as store, pytest.raises(LibraryDamaged, match="000001"):
        store.vectors("red")


def test_lacking(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1, [RED]))
    media = writer.media_at(f"{FOLDER}/a.jpg")
    assert writer.lacking(hash_of(1), WANTED, "image") == (media, Products(("blue",), False))
    assert writer.lacking(hash_of(1), Wanted(Products(("red",), True)), "image") == (media, Products())
    assert writer.lacking(hash_of(2), Wanted(Products(("red",))), "image") == (None, Products(("red",)))
    assert not writer.lacking(hash_of(1), Wanted(), "image")[1]


def test_folder_state_says_what_is_complete(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg", "b.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1))
        checkpoint.commit_result(result(job, items[1], 2, [RED]))
    state = FileState(101, 1001)
    assert writer.folder_state(FOLDER, WANTED) == {"a.jpg": (state, True), "b.jpg": (state, False)}
    assert writer.folder_state(FOLDER, Wanted(Products(("red",), True)))["b.jpg"] == (state, True)
    assert writer.folder_state(FOLDER, Wanted())["b.jpg"] == (state, True)
    assert writer.folder_state(FOLDER, Wanted(Products(("green",))))["a.jpg"] == (state, False)
    assert writer.folder_state("/elsewhere", WANTED) == {}
    assert writer.folder_state(FOLDER, WANTED, "b.jpg") == {"b.jpg": (state, False)}
    assert writer.folder_state(FOLDER, WANTED, "c.jpg") == {}


def test_failures_come_page_by_page(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.storage.store._PAGE", 2)
    names = [f"{letter}.jpg" for letter in "abcde"]
    for folder in (FOLDER, "/attic"):
        job, items = queue(writer, names, folder)
        with writer.checkpoint() as checkpoint:
            for item in items:
                checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, f"bad {item.entry.name}")
    urls = [failure.url for failure in writer.failures()]
    assert urls == [f"file:///{folder}/{name}" for folder in ("attic", "photographs") for name in names]
    assert [failure.url for failure in writer.failures(limit=3)] == urls[:3]
    assert [failure.url for failure in writer.failures(limit=4, after=urls[3])] == urls[4:8]
    assert list(writer.failures(after=urls[-1])) == []
    first = next(writer.failures())
    assert (first.stage, first.reason, first.error, first.attempts) == ("decoder", Reason.CORRUPT, "bad a.jpg", 1)


def test_pending_items_by_key(writer: Writer) -> None:
    job, items = queue(writer, [f"{i:03}.jpg" for i in range(10)])
    other, _ = queue(writer, ["x.jpg"], "/other")
    assert [item.path for item in items[:2]] == [f"{FOLDER}/000.jpg", f"{FOLDER}/001.jpg"]
    assert writer.pending_items(job, limit=4) == items[:4]
    assert writer.pending_items(job, items[3].id, limit=4) == items[4:8]
    assert [item.entry for item in writer.pending_items(other)] == [entry("x.jpg")]


def test_what_an_index_covers(writer: Writer) -> None:
    ingest(writer, {"a.jpg": 1, "b.jpg": 2})
    record = IndexRecord(0, "red", "flat", (), {1: 1}, {"k": 2.0}, 1.0, 0.5, "small")
    with writer.checkpoint() as checkpoint:
        id = checkpoint.add_index(record)
        assert id is not None
    assert writer.indexes("red") == [IndexRecord(id, "red", "flat", (), {1: 1}, {"k": 2.0}, 1.0, 0.5, "small")]
    assert writer.indexes("blue") == []
    model = writer.model("red")
    assert model is not None and (model.vectors, model.indexed) == (2, 1)
    writer.remove([f"{FOLDER}/a.jpg"])
    model = writer.model("red")
    assert model is not None and (model.vectors, model.indexed) == (1, 0)


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


def test_a_sample_is_spread_over_all_media_that_are_there(writer: Writer) -> None:
    assert writer.spread(5) == []
    names = [f"{number:02}.jpg" for number in range(40)]
    ingest(writer, {"away.jpg": 40}, "/a drive")
    ingest(writer, {name: number for number, name in enumerate(names)})
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing("/a drive")
    assert writer.spread(4) == [f"{FOLDER}/{name}" for name in ("00.jpg", "09.jpg", "19.jpg", "29.jpg")]
    assert writer.spread(100) == [f"{FOLDER}/{name}" for name in names]
