from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument, ModelMismatch
from aptl3.fitting.indexing import build
from aptl3.records.query import Hit, Query, Term
from aptl3.search.searcher import Searcher
from aptl3.storage.store import Store
from aptl3.storage.url import path_to_url
from aptl3.storage.writer import Writer
from tests.search.conftest import SPEC, Colours, Opened, add, paint


def names(hits: list[Hit]) -> list[str]:
    return [os.path.basename(hit.path or "") for hit in hits]


def test_words_find_what_they_name(searcher: Searcher, folder: Path) -> None:
    hits = searcher.search(Query([Term("a red thing")], limit=5))
    assert names(hits)[0] == "red.png"
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].url == path_to_url(str(folder / "red.png"))
    assert hits[0].via == "names → colours"
    assert 0.9 < hits[0].score <= 1.0001


@pytest.mark.parametrize("given", ["id", "path", "url"])
def test_an_example_finds_itself_first_without_a_model(
    given: str, searcher: Searcher, writer: Writer, folder: Path, opened: Opened
) -> None:
    path = str(folder / "blue.png")
    media = writer.media_at(path)
    example = {"id": media, "path": path, "url": path_to_url(path)}[given]
    hits = searcher.search(Query([Term(example=example)], limit=3))
    assert (hits[0].media, hits[0].via) == (media, "colours")
    assert hits[0].score == pytest.approx(1, abs=1e-3)
    others = searcher.search(Query([Term(example=example)], limit=3, exclude_examples=True))
    assert [hit.media for hit in others][:2] == [hit.media for hit in hits][1:]
    assert len(others) == 3
    assert opened.pictures == opened.words == 0


def test_a_picture_from_elsewhere_is_embedded(searcher: Searcher, tmp_path: Path, opened: Opened, folder: Path) -> None:
    path = paint(tmp_path / "new.png", (12, 248, 12))
    for _ in range(2):
        assert names(searcher.search(Query([Term(example=str(path))])))[0] == "green.png"
    assert (opened.pictures, opened.words) == (1, 0)


def test_a_file_that_changed_is_embedded_as_it_is_now(searcher: Searcher, folder: Path) -> None:
    paint(folder / "red.png", (10, 10, 255))
    assert names(searcher.search(Query([Term(example=str(folder / "red.png"))])))[0] == "blue.png"


def test_words_and_an_example_together_find_more(searcher: Searcher, writer: Writer, folder: Path) -> None:
    add(writer, paint(folder / "purple.png", (250, 10, 250)))
    hits = searcher.search(Query([Term("red"), Term(example=str(folder / "blue.png"))]))
    assert names(hits)[0] == "purple.png"
    assert hits[0].via == "names → colours + colours"
    blue = Term(example=str(folder / "blue.png"), weight=20)
    assert names(searcher.search(Query([Term("red"), blue])))[0] == "blue.png"


def test_what_is_not_wanted_goes_down(searcher: Searcher, writer: Writer, folder: Path) -> None:
    add(writer, paint(folder / "purple.png", (250, 10, 250)), paint(folder / "yellow.png", (250, 250, 10)))
    wanted = searcher.search(Query([Term("red"), Term("blue", weight=-0.7)], limit=30))
    order = names(wanted)
    assert order.index("yellow.png") < order.index("purple.png")
    assert names(searcher.search(Query([Term("red", weight=-1)], limit=30)))[-1] == "red.png"


def test_what_is_committed_is_found_at_once(searcher: Searcher, writer: Writer, folder: Path) -> None:
    grey = paint(folder / "grey.png", (120, 130, 125))
    query = Query([Term(example=str(grey))], limit=1)
    assert names(searcher.search(query)) != ["grey.png"]
    add(writer, grey)
    assert names(searcher.search(query)) == ["grey.png"]


def test_a_new_index_is_taken_up(searcher: Searcher, writer: Writer) -> None:
    assert searcher.answering()[0].why.startswith("no index")
    before = names(searcher.search(Query([Term("red")])))
    record = build(writer, "colours", kinds=["flat8"], words=lambda target: None)
    assert record is not None
    with writer.checkpoint() as checkpoint:
        checkpoint.add_index(record)
    assert names(searcher.search(Query([Term("red")]))) == before
    assert searcher.answering()[0].why == record.why
    assert searcher.answering()[0].wrong is None


def test_a_damaged_index_is_told_and_costs_no_answer(searcher: Searcher, writer: Writer) -> None:
    before = names(searcher.search(Query([Term("red")])))
    record = build(writer, "colours", words=lambda target: None)
    assert record is not None
    (writer.layout.index_folder("colours") / record.files[0]).write_bytes(b"")
    with writer.checkpoint() as checkpoint:
        checkpoint.add_index(record)
    assert names(searcher.search(Query([Term("red")]))) == before
    assert searcher.answering()[0].wrong == f"the index file {record.files[0]} is damaged"


def test_removed_pictures_are_never_shown(searcher: Searcher, writer: Writer, folder: Path) -> None:
    everything = names(searcher.search(Query([Term("red")], limit=100)))
    assert len(everything) == 23
    gone = everything[:15]
    writer.remove([str(folder / name) for name in gone])
    assert names(searcher.search(Query([Term("red")], limit=3))) == everything[15:18]
    assert names(searcher.search(Query([Term("red")], limit=100))) == everything[15:]
    writer.compact()  # the mean is that of the rows that are left now, so the order may be another
    assert sorted(names(searcher.search(Query([Term("red")], limit=100)))) == sorted(everything[15:])


def test_an_empty_library_has_no_answers(tmp_path: Path, opened: Opened) -> None:
    with Writer.open(tmp_path / "empty") as writer:
        searcher = Searcher(writer, tmp_path, embedders=opened.embedders())
        assert searcher.search(Query([Term("red")])) == []
        assert searcher.answering() == []
        with writer.checkpoint() as checkpoint:
            checkpoint.add_model(SPEC, "fingerprint", b"")
        assert searcher.search(Query([Term("red")])) == []


def test_one_picture_is_found_by_anything(tmp_path: Path, folder: Path, opened: Opened) -> None:
    with Writer.open(tmp_path / "one") as writer:
        add(writer, paint(folder / "only.png", (3, 200, 5)))
        searcher = Searcher(writer, tmp_path, embedders=opened.embedders())
        assert names(searcher.search(Query([Term("red")]))) == ["only.png"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query([]), "what to search for"),
        (Query([Term("red")], limit=0), "what to search for"),
        (Query([Term(" ")]), "is empty"),
        (Query([Term(example=10**6)]), "media id 1000000"),
        (Query([Term(example="none.png")]), "cannot be read"),
        (Query([Term("red"), Term("red", weight=-1)]), "cancel"),
    ],
)
def test_queries_that_make_no_sense(query: Query, says: str, searcher: Searcher) -> None:
    with pytest.raises(BadArgument, match=says):
        searcher.search(query)


def test_vectors_of_another_model_are_never_mixed_in(writer: Writer, tmp_path: Path) -> None:
    path = paint(tmp_path / "new.png", (1, 2, 3))
    other = Searcher(writer, tmp_path, embedders=Opened(Colours("other")).embedders())
    with pytest.raises(ModelMismatch, match="not the one"):
        other.search(Query([Term(example=str(path))]))


def test_closing_lets_go_of_models(searcher: Searcher, opened: Opened, tmp_path: Path) -> None:
    path = paint(tmp_path / "new.png", (1, 2, 3))
    searcher.search(Query([Term("red"), Term(example=str(path))]))
    searcher.close()
    assert not opened.model.open
    assert not opened.way.open


def test_reads_as_a_reader_does(writer: Writer, opened: Opened, tmp_path: Path) -> None:
    with Store.open(writer.layout.root) as store:
        searcher = Searcher(store, tmp_path, embedders=opened.embedders())
        assert names(searcher.search(Query([Term("green")])))[0] == "green.png"
        searcher.close()


def test_searching_imports_nothing_heavy() -> None:
    heavy = ("torch", "openvino", "cv2", "scipy", "faiss", "annoy", "psutil")
    code = f"import sys, aptl3.search.searcher; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scores_are_exact(searcher: Searcher, writer: Writer) -> None:
    hits = searcher.search(Query([Term("red")], limit=23))
    vectors = writer.vectors_of("colours", [hit.media for hit in hits]).astype(np.float64)
    centred = vectors - vectors.mean(axis=0)
    red = np.array([2, -1, -1]) / 6**0.5
    expected = centred @ red / np.linalg.norm(centred, axis=1)
    np.testing.assert_allclose([hit.score for hit in hits], expected, atol=1e-4)
