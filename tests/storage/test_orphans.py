from __future__ import annotations

from pathlib import Path

from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import add_models, alignment, ingest


def test_what_no_row_names_goes_when_the_writer_comes(root: Path) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {"a": 1})
        with writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(alignment(writer, "kept"))
        alignment(writer, "orphan")
        (root / "indexes" / "red").mkdir()
    kept = {path for path in root.rglob("*") if path.is_file()} | {root / "indexes" / "red"}
    for folder in ("vectors", "indexes"):
        for inner in ("gone", "gone/deep"):
            (root / folder / inner).mkdir()
            (root / folder / inner / "000001").touch()
        (root / folder / "a file").touch()
    (root / "vectors" / "red" / "000009").touch()
    (root / "alignments" / "work").mkdir()
    (root / "alignments" / "work" / "part").touch()
    (root / "indexes" / "red" / "1.ann").touch()  # who builds indexes looks after these
    with Writer.open(root):
        pass
    found = {
        path for path in root.rglob("*") if path.is_file() or path.parent.name in ("vectors", "indexes", "alignments")
    }
    assert {path.relative_to(root) for path in found - kept} == {
        Path("vectors/red"), Path("vectors/blue"), Path("indexes/red/1.ann"),
    }  # fmt: skip
    assert kept - found == {root / "alignments" / "orphan"}
    assert verify(root) == []
