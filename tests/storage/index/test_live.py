from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aptl3.records.index import IndexRecord
from aptl3.storage.index import files
from aptl3.storage.index.base import KINDS, kind
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.flat import FlatIndex
from aptl3.storage.index.ivf8 import Ivf8Index
from aptl3.storage.index.live import LiveIndex, Ranked, open_live
from aptl3.storage.layout import Layout
from aptl3.storage.writer import Writer
from tests.storage.index.samples import collection, exact, question, segmented, whole

VECTORS = collection(2000, 32)
MODEL = "a model"


def made(root: Path, name: str, covered: dict[int, int]) -> tuple[IndexRecord, Path]:
    """An index of a kind over the first rows of the segments of ``VECTORS``, in its place in a library."""
    with Writer.open(root) as writer:
        layout: Layout = writer.layout
    parts = [(segment, 0, rows[: covered.get(segment, 0)]) for segment, rows in segmented(VECTORS, 800)]
    corpus = Corpus(32, parts)
    _, centre = whole(VECTORS)
    with files.work_folder(layout, MODEL, ()) as work:
        mean = work / "index.mean"
        centre.mean.tofile(mean)
        built = kind(name).build(corpus, centre, work / "index", 2)
        settings = {}
        if kind(name).unit:
            settings[kind(name).unit] = kind(name).open(corpus, centre, built, 0).efforts()[-1]
        names = files.publish(layout, MODEL, [mean, *built])
    return IndexRecord(1, MODEL, name, names, covered, settings, 1.0, 1.0, "a test"), layout.index_folder(MODEL)


def finds_everything(live: LiveIndex, vectors: npt.NDArray[np.floating], least: int) -> None:
    found = 0
    for seed in range(10):
        direction = question(live.centre, seed)
        ranked = live.search(direction, 10)
        assert len(ranked.rows) == 10
        assert (np.diff(ranked.scores) <= 0).all()
        numbers = np.where(ranked.segments == 3, 0, 800) + ranked.rows
        centred = vectors[numbers].astype(np.float64) - live.centre.mean
        np.testing.assert_allclose(ranked.scores, centred @ direction / np.linalg.norm(centred, axis=1), atol=1e-5)
        found += np.isin(exact(vectors, live.centre, direction, 10), numbers).sum()
    assert found >= least


@pytest.mark.parametrize("name", KINDS)
def test_index_and_tail_together_are_everything(name: str, tmp_path: Path) -> None:
    record, folder = made(tmp_path / "library", name, {3: 700, 5: 500})
    live = open_live(32, segmented(VECTORS, 800), record, folder)
    assert live.problem is None
    assert live.index.kind == name
    assert len(live) == 2000
    finds_everything(live, VECTORS, 100 if name == "flat" else 98)


def test_what_comes_after_the_index_is_found_at_once(tmp_path: Path) -> None:
    record, folder = made(tmp_path / "library", "flat8", {3: 800, 5: 1200})
    late = collection(1, 32, seed=77)
    live = open_live(32, [*segmented(VECTORS, 800), (9, late)], record, folder)
    direction = live.centre.directions(late.astype(np.float32))[0]
    ranked = live.search(direction, 3)
    assert (ranked.segments[0], ranked.rows[0]) == (9, 0)
    assert ranked.scores[0] == pytest.approx(1, abs=1e-4)


def test_the_mean_stays_that_of_the_index(tmp_path: Path) -> None:
    record, folder = made(tmp_path / "library", "flat", {3: 800, 5: 1200})
    grown = [*segmented(VECTORS, 800), (9, -VECTORS)]
    before = open_live(32, segmented(VECTORS, 800), record, folder).centre.mean
    np.testing.assert_array_equal(open_live(32, grown, record, folder).centre.mean, before)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 40), st.integers(1, 60))
def test_without_an_index_the_scan_is_exact(rows: int, count: int) -> None:
    vectors = VECTORS[:rows]
    live = open_live(32, segmented(vectors), None, Path("nowhere"))
    direction = question(live.centre)
    ranked = live.search(direction, count)
    assert len(ranked.rows) == min(rows, count)
    if rows > 1:
        assert ranked.rows.tolist() == exact(vectors, live.centre, direction, count).tolist()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("truncate", "is damaged"),
        ("remove", "is missing"),
        ("gone", "vectors that are gone"),
        ("kind", "no index of the kind 'hnsw'"),
        ("names", "seal"),
        ("swap", "damaged"),
    ],
)
def test_a_useless_index_is_told_and_stood_in_for(
    damage: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = made(tmp_path / "library", "ivf8", {3: 800, 5: 1200})
    file = folder / record.files[1]
    match damage:
        case "truncate":
            file.write_bytes(file.read_bytes()[:-1])
        case "swap":
            file.write_bytes(b"x" * file.stat().st_size)
        case "remove":
            file.unlink()
        case "gone":
            record = replace(record, segments={4: 10})
        case "kind":
            record = replace(record, kind="hnsw")
        case "names":
            record = replace(record, files=())
    live = open_live(32, segmented(VECTORS, 800), record, folder)
    assert live.problem is not None
    assert says in live.problem
    assert live.index.kind == "flat"
    finds_everything(live, VECTORS, 100)


@pytest.mark.parametrize("file", range(4))
def test_a_damaged_page_of_any_file_is_stood_in_for(file: int, tmp_path: Path) -> None:
    record, folder = made(tmp_path / "library", "ivf8", {3: 800, 5: 1200})
    path = folder / record.files[file]
    data = np.fromfile(path, np.uint8)
    data[len(data) // 2 :][:512] ^= 255
    data.tofile(path)
    live = open_live(32, segmented(VECTORS, 800), record, folder)
    assert live.problem == f"the index file {path.name} is damaged"
    finds_everything(live, VECTORS, 100)


@pytest.mark.parametrize("number", [0, 2**32 - 1])
def test_damage_that_opening_does_not_see_is_stood_in_for(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = made(tmp_path / "library", "ivf8", {3: 800, 5: 1200})
    path = folder / record.files[2]
    numbers = np.fromfile(path, "<u4")
    numbers[500:628] = number
    numbers.tofile(path)
    monkeypatch.setattr(files, "problem", lambda *_: None)
    live = open_live(32, segmented(VECTORS, 800), record, folder)
    assert (live.index.kind, live.problem) == ("ivf8", None)
    finds_everything(live, VECTORS, 100)
    assert live.index.kind == "flat"
    assert "the ivf8 index is damaged" in str(live.problem)


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory) -> LiveIndex:
    """20,000 rows, of whose lists a query reads one, and more only where it must."""
    corpus, centre = whole(collection(20_000, 32))
    built = Ivf8Index.build(corpus, centre, tmp_path_factory.mktemp("partly") / "index", 2)
    return LiveIndex(Ivf8Index.open(corpus, centre, built, 1), corpus, Corpus(32, []), centre)


@pytest.mark.parametrize("count", [10, 1000, 19_999, 20_000, 30_000])
def test_lists_are_read_until_there_are_as_many_as_asked(count: int, partly: LiveIndex) -> None:
    ranked = partly.search(question(partly.centre), count)
    assert len(set(ranked.rows.tolist())) == len(ranked.rows) == min(count, 20_000)


def test_most_of_the_best_thousand_are_among_them(partly: LiveIndex) -> None:
    vectors = collection(20_000, 32)
    for seed in range(5):
        direction = question(partly.centre, seed)
        best = exact(vectors, partly.centre, direction, 1000)
        assert np.isin(best, partly.search(direction, 1000).rows).mean() >= 0.9


def test_few_that_may_be_shown_are_found_in_few_goes(partly: LiveIndex) -> None:
    looked = list[int]()

    def alive(found: Ranked) -> npt.NDArray[np.bool_]:
        looked.append(len(found.rows))
        shown: npt.NDArray[np.bool_] = found.rows % 100 == 0
        return shown

    ranked = partly.search(question(partly.centre), 50, alive)
    assert len(ranked.rows) == 50
    assert (ranked.rows % 100 == 0).all()
    assert looked[0] == 50 and len(looked) <= 3
    assert len(partly.search(question(partly.centre), 1000, alive).rows) == 200


def test_many_answers_are_as_good_as_few() -> None:
    live = open_live(32, segmented(VECTORS, 800), None, Path("nowhere"))
    direction = question(live.centre)
    ranked = live.search(direction, 5000)
    numbers = np.where(ranked.segments == 3, 0, 800) + ranked.rows
    assert sorted(numbers.tolist()) == list(range(2000))
    few = live.search(direction, 10)
    np.testing.assert_array_equal(few.rows, ranked.rows[:10])


def test_equal_rows_keep_one_order() -> None:
    vectors = np.concatenate([VECTORS[:50], np.repeat(VECTORS[:1], 50, axis=0)])
    live = open_live(32, segmented(vectors), None, Path("nowhere"))
    ranked = live.search(live.centre.directions(vectors[:1].astype(np.float32))[0], 20)
    assert ranked.rows.tolist() == [0, *range(50, 69)]


@pytest.mark.parametrize("most", [1, 60, 5000])
def test_a_sample_is_spread_over_index_and_tail(most: int, tmp_path: Path) -> None:
    record, folder = made(tmp_path / "library", "flat", {3: 800})
    live = open_live(32, segmented(VECTORS, 800), record, folder)
    sample = live.sample(most)
    everything = live.centre.directions(VECTORS.astype(np.float32))
    assert min(most, 2000) <= len(sample) <= min(most + 2, 2000)
    at = [int(np.abs(everything - row).sum(axis=1).argmin()) for row in sample]
    np.testing.assert_allclose(everything[at], sample, atol=1e-6)
    assert at == sorted(set(at))
    assert (np.array(at) >= 800).any()


def test_a_sample_of_nothing_is_empty() -> None:
    assert open_live(32, [], None, Path("nowhere")).sample(10).shape == (0, 32)


def test_a_long_list_is_looked_at_little_further_than_it_is_long() -> None:
    vectors = collection(6000, 32)
    corpus, centre = whole(vectors)
    asked = []

    class Watched(FlatIndex):
        def search(self, query: Floats, count: int) -> Rows:
            asked.append(count)
            return super().search(query, count)

    live = LiveIndex(Watched(corpus, centre), corpus, Corpus(32, []), centre)
    for count in (10, 1000):
        assert len(live.search(question(centre, 1), count).rows) == count
    assert asked == [4 * 10 + 32, 1000 + 500 + 32]
