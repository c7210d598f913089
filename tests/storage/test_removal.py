from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from aptl3.records.failure import Reason
from aptl3.records.index import IndexRecord
from aptl3.records.store import Compacted, Counts, Removed
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import BLUE, FOLDER, PROBE, RED, ingest, queue, relate, result, row, thumbnail


def test_media_go_with_their_last_place(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2})
    ingest(writer, {"c": 2, "d": 3}, f"{FOLDER}/sub")
    ingest(writer, {"e": 4}, f"{FOLDER}s")
    assert writer.remove([FOLDER]) == Removed(locations=4, media=3, vectors=6, thumbnails=3)
    assert writer.counts() == Counts(media=1, locations=1, thumbnails=1, failures=0, vectors=2)
    assert writer.remove([FOLDER]) == Removed(0, 0, 0, 0)
    assert writer.remove(["/"]) == Removed(1, 1, 2, 1)


def test_a_single_file_and_a_copy_elsewhere(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 1, "c": 2})
    assert writer.remove([f"{FOLDER}/a"]) == Removed(1, 0, 0, 0)
    assert writer.remove([f"{FOLDER}/c", f"{FOLDER}/b"]) == Removed(2, 2, 4, 2)


def test_failures_and_the_names_of_folders_go_too(writer: Writer) -> None:
    job, [item] = queue(writer, ["a"])
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, "bad")
    ingest(writer, {"b": 1}, f"{FOLDER}/sub")
    writer.remove([FOLDER])
    assert writer.counts().failures == 0
    assert writer.connection.execute("SELECT count(*) FROM folder").fetchone() == (0,)
    ingest(writer, {"b": 1}, f"{FOLDER}/sub")
    assert writer.counts().media == 1


def test_a_folder_can_come_back_in_the_same_checkpoint(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1, "b": 2})
    job, [item] = queue(writer, ["a"], "/elsewhere")
    with writer.checkpoint() as checkpoint:
        checkpoint.record_listing(checkpoint.create_job([FOLDER], {}), FOLDER, [], [], 2, [], [], None)
        checkpoint.remove([FOLDER])
        checkpoint.commit_result(replace(result(job, item, 1), folder=FOLDER))
    assert writer.media_at(f"{FOLDER}/a") is not None
    assert verify(root) == []


@pytest.mark.parametrize("gone", ["model", "media", "relation"])
def test_what_was_measured_of_it_goes_too(writer: Writer, root: Path, gone: str) -> None:
    ingest(writer, {"a": 1})
    relate(writer, {"a": "a man"})
    folder = root / "evaluations"
    folder.mkdir()
    for name in ("1.json", "2.json-77"):  # one is half written
        (folder / name).write_text('{"cell": {"source": "red"}}')
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(BLUE, "fingerprint of blue", PROBE)
    assert len(list(folder.iterdir())) == 2
    with writer.checkpoint() as checkpoint:
        match gone:
            case "model":
                checkpoint.remove_model("red", default=False)
            case "media":
                checkpoint.remove([FOLDER])
            case _:
                checkpoint.remove_relation(1)
    assert list(folder.iterdir()) == []


def test_what_an_edited_file_was_before_goes_too(writer: Writer) -> None:
    ingest(writer, {"a": 1})
    job, [item] = queue(writer, ["a"], state=2)
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
    assert writer.remove([f"{FOLDER}/a"]).media == 2


def test_the_bytes_of_what_was_removed_are_gone(root: Path) -> None:
    with Writer.open(root) as writer:
        with writer.checkpoint() as checkpoint:
            for spec in (RED, BLUE):
                checkpoint.add_model(spec, "", b"")
        ingest(writer, {"secret": 1, "other": 2})
        writer.remove([f"{FOLDER}/secret"])
        writer.compact()
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    for gone in (b"secret", row(1), row(1, BLUE), thumbnail(1).jpeg[-300:-2]):
        assert gone not in kept
    assert row(2) in kept


def test_compaction_drops_dead_rows_and_keeps_the_others(writer: Writer, root: Path) -> None:
    names = {f"{i:02}": i for i in range(20)}
    ingest(writer, names)
    with Store.open(root) as store:
        [(old, before)] = store.vectors("red").segments
        writer.remove([f"{FOLDER}/{name}" for name in names if int(name) % 3 == 0])
        assert store.media_of_segment(old).tolist() == [-1 if i % 3 == 0 else i + 1 for i in range(20)]
        done = writer.compact()
        assert done == Compacted(segments=2, rows=14, bytes=7 * 32 + 7 * 32)
        kept = [i for i in range(20) if i % 3]
        [(new, after)] = store.vectors("red").segments
        assert new != old
        assert after.tobytes() == b"".join(row(i) for i in kept)
        assert before.tobytes() == b"".join(row(i) for i in range(20))  # a map stays valid while it is held
        assert store.media_of_segment(new).tolist() == [i + 1 for i in kept]
        assert store.media_of_segment(old).tolist() == []
    assert [path.name for path in (root / "vectors" / "red").iterdir()] == [f"{new:06}"]
    assert writer.compact() == Compacted(0, 0, 0)
    ingest(writer, {"more": 77})
    assert writer.vectors("red").segments[0][1].tobytes() == after.tobytes() + row(77)
    assert verify(root) == []


def test_compaction_of_windows(writer: Writer, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr("aptl3.storage.compaction._WINDOW", 100)  # three rows
    ingest(writer, {f"{i:02}": i for i in range(40)})
    gone = {0, 1, 2, 3, 4, 5, 6, 11, 13, 20, 21, 22, 23, 24, 39}
    writer.remove([f"{FOLDER}/{i:02}" for i in gone])
    writer.compact()
    assert writer.vectors("red").segments[0][1].tobytes() == b"".join(row(i) for i in range(40) if i not in gone)
    assert verify(root) == []


def test_a_segment_without_live_rows_just_goes(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    writer.remove([FOLDER])
    assert writer.compact() == Compacted(segments=2, rows=2, bytes=64)
    assert not writer.vectors("red").segments and not list((root / "vectors" / "red").iterdir())
    ingest(writer, {"a": 1})
    assert verify(root) == []


def test_indexes_over_rewritten_segments_go(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1, "b": 2})
    folder = root / "indexes" / "red"
    folder.mkdir()
    (folder / "1.ann").touch()
    with writer.checkpoint() as checkpoint:
        checkpoint.add_index(IndexRecord(0, "red", "annoy", ("1.ann",), {1: 2}, {}, 1.0, 1.0, ""))
    assert writer.compact() == Compacted(0, 0, 0)
    assert len(writer.indexes("red")) == 1
    writer.remove([f"{FOLDER}/a"])
    writer.compact()
    assert not writer.indexes("red") and not list(folder.iterdir())


def test_the_catalog_gives_its_room_back(root: Path) -> None:
    with Writer.open(root) as writer:
        with writer.checkpoint() as checkpoint:
            for spec in (RED, BLUE):
                checkpoint.add_model(spec, "", b"")
        ingest(writer, {f"{i:03}": i for i in range(300)})
        writer.remove([FOLDER])
        writer.compact()
        full = os.path.getsize(root / "library.sqlite3")
        assert writer.connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert full < 300 * len(thumbnail(1).jpeg)


def test_no_job_brings_back_what_was_removed(writer: Writer) -> None:
    job, _ = queue(writer, ["a", "b"])
    other, _ = queue(writer, ["c"], f"{FOLDER}/sub")
    writer.remove([f"{FOLDER}/a", f"{FOLDER}/sub"])
    assert [item.entry.name for item in writer.pending_items(job)] == ["b"]
    assert writer.pending_items(other) == []
    assert [left.pending for left in writer.jobs()] == [1, 0]
