"""Which index answers, and how much of a model's vectors it covers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aptl3.records.index import IndexRecord
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, ingest


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


def test_a_new_index_replaces_the_older_with_its_files(writer: Writer, root: Path) -> None:
    ingest(writer, {"a.jpg": 1})
    folder = root / "indexes" / "red"
    folder.mkdir()
    for name in ("1.ann", "2.ann", "shared"):
        (folder / name).touch()
    record = IndexRecord(0, "red", "annoy", ("1.ann", "shared"), {1: 1}, {}, 0.99, 2.0, "fast")
    with writer.checkpoint() as checkpoint:
        first = checkpoint.add_index(record)
    for _ in range(2):
        with writer.checkpoint() as checkpoint:
            second = checkpoint.add_index(replace(record, files=("2.ann", "shared")))
    assert first is not None and second is not None and second > first
    assert [index.id for index in writer.indexes("red")] == [second]
    assert sorted(path.name for path in folder.iterdir()) == ["2.ann", "shared"]
