"""What may be asked of a library."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3 import Library
from aptl3.errors import LibraryOlder
from aptl3.reader import Reader
from aptl3.service.client import Client
from aptl3.storage.store import Store
from tests.conftest import stop
from tests.older import make_older
from tests.photographs import make_photograph


def test_asking_starts_no_supervisor(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    stop(library.root)
    reader = Reader(library.root)
    assert len(reader.search("a cat", limit=3)) == 3
    assert (reader.status()["media"], reader.status()["supervisor"]) == (27, None)
    assert [job.id for job in reader.jobs()] == [1]
    assert [model["vectors"] for model in reader.models() if model["modality"] == "image"] == [27]
    assert not any([reader.failures(), reader.relations(), reader.alignments(), reader.verify()])
    reader.close()
    assert Client.running(library.root) is None


def test_a_library_of_an_older_aptl3_is_brought_up_to_date(library: Library, photographs: Path) -> None:
    make_older(library.root)
    with pytest.raises(LibraryOlder, match="up to date"):
        Store.open(library.root)
    assert library.status()["media"] == 0
    assert library.ingest(photographs).counts.added == 27


def test_of_two_places_the_one_that_exists_is_told(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    make_photograph(tmp_path / "a" / "photo.jpg", 1)
    library.ingest(tmp_path / "a")
    os.rename(tmp_path / "a", tmp_path / "moved")
    library.ingest(tmp_path / "moved")
    (hit,) = library.search("a cat")
    assert hit.path == str(tmp_path / "moved" / "photo.jpg")
