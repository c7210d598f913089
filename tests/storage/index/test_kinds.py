"""Every kind behind the one interface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.storage.index import ivf8
from aptl3.storage.index.base import KINDS, KindUnavailable, kind
from aptl3.storage.index.corpus import Corpus, Floats, Rows, Stored
from aptl3.storage.index.ivf8 import Ivf8Index
from aptl3.storage.index.scan import dots_within
from tests.storage.index.samples import collection, exact, question, segmented, whole

VECTORS = collection(3000, 32)


@pytest.mark.parametrize("dtype", ["<f2", "<f4"])
@pytest.mark.parametrize("name", KINDS)
def test_finds_what_an_exact_search_finds(name: str, dtype: str, tmp_path: Path) -> None:
    vectors = VECTORS.astype(dtype)
    corpus, centre = whole(vectors, 1000, 1000, 2500)
    files = kind(name).build(corpus, centre, tmp_path / "index", 2)
    index = kind(name).open(corpus, centre, files, 0)
    assert all(path.parent == tmp_path and path.stem == "index" and path.stat().st_size for path in files)
    index.effort = (index.efforts() or [0])[-1]
    found = 0
    for seed in range(20):
        direction = question(centre, seed)
        numbers = index.search(direction, 40)
        assert numbers.dtype == np.int64
        assert len(set(numbers.tolist())) == len(numbers) >= 40
        found += np.isin(exact(vectors, centre, direction, 10), numbers).sum()
    assert found >= (200 if name == "flat" else 196)


@pytest.mark.parametrize("name", [name for name in KINDS if kind(name).unit])
def test_more_effort_finds_more(name: str, tmp_path: Path) -> None:
    vectors = collection(3000, 32, noise=3.0)
    corpus, centre = whole(vectors)
    index = kind(name).open(corpus, centre, kind(name).build(corpus, centre, tmp_path / "index", 2), 0)
    efforts = index.efforts()
    assert list(efforts) == sorted(set(efforts))
    assert len(efforts) > 2

    def found() -> int:
        questions = [question(centre, seed) for seed in range(20)]
        return sum(int(np.isin(exact(vectors, centre, q, 10), index.search(q, 10)).sum()) for q in questions)

    index.effort = efforts[0]
    little = found()
    index.effort = efforts[-1]
    assert little <= found() >= 180


@pytest.mark.parametrize("name", KINDS)
def test_one_row_is_enough(name: str, tmp_path: Path) -> None:
    corpus, centre = whole(VECTORS[:1])
    index = kind(name).open(corpus, centre, kind(name).build(corpus, centre, tmp_path / "index", 1), 1)
    assert index.search(question(centre), 1).tolist() == [0]


@pytest.mark.parametrize("name", [name for name in KINDS if name != "flat"])
def test_files_of_other_rows_are_refused(name: str, tmp_path: Path) -> None:
    corpus, centre = whole(VECTORS)
    files = kind(name).build(corpus, centre, tmp_path / "index", 2)
    longer = Corpus.whole(32, segmented(collection(4000, 32)))
    with pytest.raises((ValueError, OSError)):
        kind(name).open(longer, centre, files, 1)


@pytest.mark.parametrize("name", KINDS)
def test_says_what_it_takes(name: str) -> None:
    disk, memory = kind(name).bytes_needed(1_000_000, 1280)
    assert 0 <= disk < 8e9
    assert 0 <= memory < 8e9


@pytest.mark.parametrize("name", [name for name in KINDS if name != "flat"])
def test_takes_no_more_disk_than_it_said(name: str, tmp_path: Path) -> None:
    corpus, centre = whole(VECTORS)
    size = sum(path.stat().st_size for path in kind(name).build(corpus, centre, tmp_path / "index", 2))
    assert size <= 1.2 * kind(name).bytes_needed(len(corpus), corpus.dim)[0] + 100_000


def test_what_is_read_of_an_ivf8_grows_with_the_effort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, centre = whole(VECTORS)
    index = Ivf8Index.open(corpus, centre, Ivf8Index.build(corpus, centre, tmp_path / "index", 2), 0)
    read = list[int]()

    def counted(rows: Stored, query: Stored, starts: Rows, ends: Rows) -> Floats:
        read.append(int((ends - starts).sum()))
        return dots_within(rows, query, starts, ends)

    monkeypatch.setattr(ivf8, "dots_within", counted)
    for effort in index.efforts():
        index.effort = effort
        index.search(question(centre), 5)
    assert read == sorted(read)
    assert read[0] < 200
    assert read[-1] == 3000


def test_the_lists_of_an_ivf8_are_of_its_rows(tmp_path: Path) -> None:
    corpus, centre = whole(VECTORS)
    files = Ivf8Index.build(corpus, centre, tmp_path / "index", 2)
    files[2].write_bytes(files[2].read_bytes()[: -8 - 2 * 33])
    with pytest.raises(ValueError, match=r"index\.lists is of"):
        Ivf8Index.open(corpus, centre, files, 1)


@pytest.mark.parametrize("damage", ["none", "sinks", "below", "promise"])
def test_lists_that_cannot_be_are_refused(damage: str, tmp_path: Path) -> None:
    corpus, centre = whole(VECTORS)
    files = Ivf8Index.build(corpus, centre, tmp_path / "index", 2)
    data = bytearray(files[2].read_bytes())
    match damage:
        case "none":
            data.clear()
        case "sinks":
            data[8:16] = np.int64(2999).tobytes()
        case "below":
            data[:8] = np.int64(-1).tobytes()
        case "promise":
            data[-2:] = np.float16(np.nan).tobytes()
    files[2].write_bytes(data)
    with pytest.raises(ValueError, match=r"index\.lists is"):
        Ivf8Index.open(corpus, centre, files, 1)


def test_an_unknown_kind_is_unavailable() -> None:
    with pytest.raises(KindUnavailable, match="'hnsw'"):
        kind("hnsw")
