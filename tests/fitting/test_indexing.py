from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting import indexing
from aptl3.fitting.indexing import HOLD, Measured, Sample, Workshop, build, choose, needless
from aptl3.fitting.measuring import Figures, Floats, Questions
from aptl3.records.media import Entry, FileState, PictureInfo, Result
from aptl3.records.model import ModelSpec, StoredModel
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus
from aptl3.storage.index.files import problem
from aptl3.storage.index.live import LiveIndex, open_live
from aptl3.storage.writer import Writer
from tests.storage.index.samples import collection

SPEC = ModelSpec("toy", "1", "image", 32, "toy", None, "MIT", "made here")
ROWS = 3000
VECTORS = collection(ROWS, 32)


def fill(writer: Writer, vectors: np.ndarray) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(SPEC, "fingerprint", np.ones(32, np.float32).tobytes())
        job = checkpoint.create_job(["/photographs"], {})
        entries = [Entry(f"{number:06}.jpg", FileState(1, 1)) for number in range(len(vectors))]
        checkpoint.record_listing(job, "/photographs", entries, [], 0, [], [], None)
    items = writer.pending_items(job, limit=len(vectors))
    with writer.checkpoint() as checkpoint:
        for number, (item, vector) in enumerate(zip(items, vectors, strict=True)):
            hash = number.to_bytes(16, "big")
            info = PictureInfo("JPEG", 30, 20)
            checkpoint.commit_result(
                Result(job, item.id, item.folder, item.entry, hash, info, {"toy": vector.tobytes()})
            )


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    with Writer.open(tmp_path_factory.mktemp("indexing") / "library") as writer:
        fill(writer, VECTORS)
        yield writer


def words(target: StoredModel) -> Floats:
    assert target.name == "toy"
    directions = np.random.default_rng(3).standard_normal((20, 32)).astype(np.float32)
    unit: Floats = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return unit


def no_words(target: StoredModel) -> None:
    return None


@pytest.mark.parametrize("kind", ["flat8", "ivf8", "annoy"])
def test_a_kind_is_measured_sealed_and_ready_to_answer(
    kind: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "choose", lambda measured: measured[-1])
    record = build(writer, "toy", threads=2, kinds=[kind], words=words)
    assert record is not None
    assert record.kind == kind
    assert record.recall >= 0.95
    assert record.milliseconds > 0
    assert all(value > 0 for value in record.settings.values())
    assert kind in record.why
    assert "flat" in record.why
    assert "\n" not in record.why
    folder = writer.layout.index_folder("toy")
    assert problem(folder, record.files, thoroughly=True) is None
    live = open_live(32, writer.vectors("toy").segments, record, folder)
    assert live.problem is None
    assert live.index.kind == kind
    assert not list(folder.glob("build-*"))


def test_few_vectors_are_compared_all(writer: Writer) -> None:
    record = build(writer, "toy", words=lambda target: pytest.fail("a small library needs no text model"))
    assert record is not None
    assert record.kind == "flat"
    assert record.recall == 1
    assert record.why.startswith("3000 vectors are few")
    assert sum(record.segments.values()) == ROWS


def test_while_a_scan_is_fast_nothing_else_is_built(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "SMALL", 100)
    monkeypatch.setattr(indexing, "FAST", 10_000.0)
    record = build(writer, "toy", words=words)
    assert record is not None
    assert record.kind in ("flat", "flat8")
    assert "needs no ivf8" in record.why


def test_what_leaves_rows_out_is_tried_where_no_scan_is_fast(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "SMALL", 100)
    monkeypatch.setattr(indexing, "FAST", 0.0)
    monkeypatch.setattr(indexing, "WORTH", 0.0)
    record = build(writer, "toy", words=no_words)
    assert record is not None
    assert record.kind == "flat"
    assert "ivf8 1." in record.why or "ivf8 0." in record.why
    assert "a scan of bytes would take more than 0 ms" in record.why


def test_what_does_not_fit_is_not_built(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "ROOM", 1e9)
    record = build(writer, "toy", kinds=["flat8", "ivf8", "annoy"], words=no_words)
    assert record is not None
    assert record.kind == "flat"
    assert "GB of disk" in record.why


def test_removed_pictures_are_neither_asked_nor_expected(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        fill(writer, VECTORS[:500])
        writer.remove([f"/photographs/{number:06}.jpg" for number in range(0, 500, 2)])
        record = build(writer, "toy", kinds=["flat8"], words=words)
        assert record is not None
        assert record.recall >= 0.99
        assert record.segments and sum(record.segments.values()) == 500


@pytest.mark.parametrize("rows", [1, 2, 11])
def test_a_handful_of_vectors_has_an_index(rows: int, tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        fill(writer, VECTORS[:rows])
        for kinds in (None, ["flat8", "ivf8", "annoy"]):
            record = build(writer, "toy", kinds=kinds, words=words)
            assert record is not None
            assert sum(record.segments.values()) == rows


def test_without_vectors_there_is_no_index(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        assert build(writer, "toy") is None
        with writer.checkpoint() as checkpoint:
            checkpoint.add_model(SPEC, "fingerprint", np.ones(32, np.float32).tobytes())
        assert build(writer, "toy") is None


def test_what_is_recorded_is_of_questions_that_did_not_set_the_effort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[int, list[set[float]]]]()

    def found(self: Workshop, live: LiveIndex, sample: Sample) -> Figures:
        """Those that report would have it that the least effort does, those that choose that five lists do."""
        asked.append((live.index.effort, [set(right[:, 0].tolist()) for _, right in sample.groups]))
        chooses = any(1.0 in group for group in asked[-1][1])
        recall = 0.94 if not chooses else 0.99 if live.index.effort >= 5 else 0.9
        return Figures(recall, median=1.0, slow=1.0, quick=1.0)

    vectors = np.random.default_rng(1).standard_normal((3000, 8)).astype(np.float16)
    corpus = Corpus.whole(8, [(1, vectors)])
    workshop = Workshop(corpus, Centre.of([vectors.astype(np.float32)], 8), tmp_path, 1)
    groups = []
    for size in (30, 7, 1):
        questions = Questions(vectors[:size].astype(np.float32), np.arange(size))
        groups.append((questions, np.repeat(np.arange(size, dtype=np.float32)[:, None], 10, axis=1)))
    monkeypatch.setattr(Workshop, "_figures", found)
    made = workshop.measure("ivf8", Sample(groups, np.ones(3000, bool)))
    assert made.effort >= 5
    assert (made.holds, made.figures.recall) == (True, 0.94)
    chose = [set[float]().union(*(groups[at] for _, groups in asked[:-1])) for at in range(3)]
    reported = asked[-1][1]
    for at, size in enumerate((30, 7)):
        assert not chose[at] & reported[at]
        assert chose[at] | reported[at] == set(range(size))
    assert chose[2] == reported[2] == {0}


def measured(kind: str, recall: float, quick: float) -> Measured:
    return Measured(kind, Figures(recall, 3 * quick, 9 * quick, quick), recall >= HOLD)


CANDIDATES = [
    measured("flat8", 1.0, 3.0),
    measured("annoy", 0.94, 0.5),
    measured("ivf8", 0.96, 1.0),
]


def test_the_fastest_that_holds_its_recall_is_chosen() -> None:
    for order in itertools.permutations(CANDIDATES):
        assert choose([measured("flat", 1.0, 9.0), *order]).kind == "ivf8"


def test_little_gain_is_not_worth_leaving_the_exact_scan() -> None:
    assert choose([measured("flat", 1.0, 1.2), *CANDIDATES]).kind == "flat"
    assert choose([measured("flat", 1.0, 9.0)]).kind == "flat"


FAST, SLOW = measured("flat", 1.0, 7.0), measured("flat", 1.0, 70.0)


@pytest.mark.parametrize(
    ("name", "others", "why"),
    [
        ("flat8", [FAST], None),
        ("ivf8", [FAST], "a scan within 8 ms needs no ivf8"),
        ("flat8", [SLOW], "a scan of bytes would take more than 8 ms"),
        ("ivf8", [SLOW], None),
        ("ivf8", [SLOW, measured("flat8", 1.0, 6.0)], "a scan within 8 ms needs no ivf8"),
        ("ivf8", [SLOW, measured("flat8", 1.0, 20.0)], None),
    ],
)
def test_what_cannot_be_worth_it_is_not_built(name: str, others: list[Measured], why: str | None) -> None:
    assert needless(name, others) == why
