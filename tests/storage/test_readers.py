"""The vectors of a library, for reading: they follow commits and compactions, and what is lost is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import LibraryDamaged
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, ingest, row


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
        rows_of = store._readers.rows_of

        def compacted_since(model: str, media: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
            found = rows_of(model, media)
            writer.remove([f"{FOLDER}/a.jpg"])
            writer.compact()
            return found

        monkeypatch.setattr(store._readers, "rows_of", compacted_since)
        assert store.vectors_of("red", [2]).astype("<f2").tobytes() == row(2)
        with pytest.raises(KeyError):
            store.vectors_of("red", [1])


@pytest.mark.parametrize("damage", [lambda path: os.truncate(path, 10), os.unlink])
def test_a_lost_vector_file_is_told(writer: Writer, root: Path, damage: Callable[[Path], None]) -> None:
    ingest(writer, {"a.jpg": 1})
    damage(root / "vectors" / "red" / "000001")
    with Store.open(root) as store, pytest.raises(LibraryDamaged, match="000001"):
        store.vectors("red")
