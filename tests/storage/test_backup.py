from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3.errors import BadArgument, LibraryDamaged, LibraryMissing
from aptl3.records.index import IndexRecord
from aptl3.storage import backup as module
from aptl3.storage.backup import backup
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, alignment, content_of, ingest, queue, relate, result, row


def test_a_backup_is_a_library(writer: Writer, tmp_path: Path) -> None:
    ingest(writer, {"a": 1, "b": 2})
    job, items = queue(writer, ["x", "y"])
    target = tmp_path / "deep" / "backup"
    backup(writer.layout.root, target)
    ingest(writer, {"c": 3})  # not in it
    assert verify(target) == []
    with Writer.open(target) as restored:
        assert restored.counts().media == 2
        assert restored.pending_items(job) == items
        with restored.checkpoint() as checkpoint:
            checkpoint.commit_result(result(job, items[0], 4))
        assert restored.vectors("red").segments[0][1].tobytes() == row(1) + row(2) + row(4)
    assert verify(target) == []
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["backup"]
    if os.name != "nt":
        assert {path.stat().st_mode & 0o077 for path in (target, *target.rglob("*"))} == {0}


def test_what_is_committed_meanwhile_is_wholly_in_or_wholly_out(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal, its compaction and an addition come between the snapshot and the copying."""
    ingest(writer, {"a": 1, "b": 2})
    copy_catalog = module._Copying._copy_catalog

    def late(self: module._Copying, store: Store) -> None:
        writer.remove([f"{FOLDER}/a"])
        writer.compact()
        ingest(writer, {"c": 3})
        copy_catalog(self, store)

    monkeypatch.setattr(module._Copying, "_copy_catalog", late)
    backup(writer.layout.root, tmp_path / "backup")
    assert verify(tmp_path / "backup") == []
    with Store.open(tmp_path / "backup") as store:
        assert store.vectors("red").segments[0][1].tobytes() == row(1) + row(2)


def test_segments_that_a_compaction_replaced_are_looked_up_again(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(writer, {"a": 1, "b": 2})
    opened = []

    def compacting_open(path: Path, mode: str) -> object:
        opened.append(path)
        if len(opened) == 1:
            writer.remove([f"{FOLDER}/a"])
            writer.compact()
        return open(path, mode)

    monkeypatch.setattr(module, "open", compacting_open, raising=False)
    backup(writer.layout.root, tmp_path / "backup")
    assert len(opened) == 3  # the one that is gone, then those of both models
    assert verify(tmp_path / "backup") == []
    with Store.open(tmp_path / "backup") as store:
        assert store.counts().media == 1


def test_indexes_are_copied_where_they_are_there(writer: Writer, tmp_path: Path) -> None:
    ingest(writer, {"a": 1})
    for model, name in (("red", "1.ann"), ("blue", "gone.ann")):
        folder = writer.layout.index_folder(model)
        folder.mkdir()
        (folder / name).write_bytes(b"index")
        with writer.checkpoint() as checkpoint:
            checkpoint.add_index(IndexRecord(0, model, "annoy", (name,), {1: 1}, {}, 1.0, 1.0, ""))
    (writer.layout.index_folder("blue") / "gone.ann").unlink()
    backup(writer.layout.root, tmp_path / "backup")
    with Store.open(tmp_path / "backup") as store:
        assert [record.files for record in store.indexes("red")] == [("1.ann",)]
        assert store.indexes("blue") == []
        assert store.layout.index_file("red", "1.ann").read_bytes() == b"index"


def test_alignments_and_relations_are_copied(writer: Writer, tmp_path: Path) -> None:
    ingest(writer, {"a": 1})
    relate(writer, {"a": "a man"})
    with writer.checkpoint() as checkpoint:
        for name in ("kept.aln", "gone.aln"):
            checkpoint.add_alignment(alignment(writer, name))
    writer.layout.alignment("gone.aln").unlink()
    backup(writer.layout.root, tmp_path / "backup")
    assert verify(tmp_path / "backup") == []
    with Writer.open(tmp_path / "backup") as restored:
        assert [record.file for record in restored.alignments()] == ["kept.aln"]
        assert restored.layout.alignment("kept.aln").read_bytes() == content_of("kept.aln")
        assert restored.pairs(1).tolist() == [[1, 2]]
        assert restored.words(2) == "a man"


def test_an_empty_folder_will_do_and_any_other_will_not(writer: Writer, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    target.mkdir()
    backup(writer.layout.root, target)
    for _ in range(2):
        with pytest.raises(BadArgument, match="there already"):
            backup(writer.layout.root, target)
        target = tmp_path / "file"
        target.touch()


def test_nothing_is_left_of_a_backup_that_failed(writer: Writer, tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        backup(tmp_path / "nowhere", tmp_path / "backup")
    ingest(writer, {"a": 1})
    (writer.layout.root / "vectors" / "red" / "000001").unlink()
    with pytest.raises(LibraryDamaged, match="verify"):
        backup(writer.layout.root, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"library"}
