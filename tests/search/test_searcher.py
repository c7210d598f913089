from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aptl3.errors import BadArgument, ModelMismatch, ModelUnavailable
from aptl3.fitting.indexing import build
from aptl3.records.query import Hit, Query, Term
from aptl3.search.searcher import Searcher
from aptl3.storage.store import Store
from aptl3.storage.url import path_to_url
from aptl3.storage.writer import Writer
from tests.search.conftest import (
    SPEC,
    Colours,
    Opened,
    Words,
    add,
    add_texts,
    paint,
    picture_spec,
    straight,
    text_spec,
)


def names(hits: list[Hit]) -> list[str]:
    return [os.path.basename(hit.path or "") for hit in hits]


def test_words_find_what_they_name(searcher: Searcher, folder: Path) -> None:
    hits = searcher.search(Query([Term("a red thing")], limit=5))
    assert names(hits)[0] == "red.png"
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].url == path_to_url(str(folder / "red.png"))
    assert hits[0].via == "names → colours"
    assert (hits[0].modality, hits[0].words) == ("image", None)


@pytest.mark.parametrize("given", ["id", "path", "url"])
def test_an_example_finds_itself_first_without_a_model(
    given: str, searcher: Searcher, writer: Writer, folder: Path, opened: Opened
) -> None:
    path = str(folder / "blue.png")
    media = writer.media_at(path)
    example = {"id": media, "path": path, "url": path_to_url(path)}[given]
    hits = searcher.search(Query([Term(example=example)], limit=3))
    assert (hits[0].media, hits[0].via) == (media, "colours")
    others = searcher.search(Query([Term(example=example)], limit=3, exclude_examples=True))
    assert [hit.media for hit in others][:2] == [hit.media for hit in hits][1:]
    assert len(others) == 3
    assert opened.opened == []


def test_a_picture_from_elsewhere_is_embedded(searcher: Searcher, tmp_path: Path, opened: Opened, folder: Path) -> None:
    path = paint(tmp_path / "new.png", (12, 248, 12))
    for _ in range(2):
        assert names(searcher.search(Query([Term(example=str(path))])))[0] == "green.png"
    assert opened.opened == ["colours"]


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
        (Query([Term("red")], modality="sound"), "no type 'sound'"),
    ],
)
def test_queries_that_make_no_sense(query: Query, says: str, searcher: Searcher) -> None:
    with pytest.raises(BadArgument, match=says):
        searcher.search(query)


def test_vectors_of_another_model_are_never_mixed_in(writer: Writer, tmp_path: Path) -> None:
    path = paint(tmp_path / "new.png", (1, 2, 3))
    other = Searcher(writer, tmp_path, embedders=Opened([Colours(fingerprint="other"), Words()]).embedders())
    with pytest.raises(ModelMismatch, match="not the one"):
        other.search(Query([Term(example=str(path))]))


def test_closing_lets_go_of_models(searcher: Searcher, opened: Opened, tmp_path: Path) -> None:
    path = paint(tmp_path / "new.png", (1, 2, 3))
    searcher.search(Query([Term("red"), Term(example=str(path))]))
    searcher.close()
    assert not any(model.open for model in opened.models.values())


def test_reads_as_a_reader_does(writer: Writer, opened: Opened, tmp_path: Path) -> None:
    with Store.open(writer.layout.root) as store:
        searcher = Searcher(store, tmp_path, embedders=opened.embedders())
        assert names(searcher.search(Query([Term("green")])))[0] == "green.png"
        searcher.close()


def test_searching_imports_nothing_heavy() -> None:
    heavy = ("torch", "openvino", "cv2", "scipy", "annoy", "psutil")
    code = f"import sys, aptl3.search.searcher; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ranks_are_those_of_exact_scores(searcher: Searcher, writer: Writer) -> None:
    hits = searcher.search(Query([Term("red")], limit=23))
    vectors = writer.vectors_of("colours", [hit.media for hit in hits]).astype(np.float64)
    centred = vectors - vectors.mean(axis=0)
    red = np.array([2, -1, -1]) / 6**0.5
    cosines = centred @ red / np.linalg.norm(centred, axis=1)
    scores = np.array([hit.score for hit in hits])
    spread, mean = np.polyfit(scores, cosines, 1)
    np.testing.assert_allclose(scores * spread + mean, cosines, atol=1e-4)
    assert mean == pytest.approx(cosines.mean(), abs=1e-4)
    assert 0 < spread < 1


# Several models


MIRROR = Colours(picture_spec("mirror"))
PAIR, PAIR_TEXT = Colours(picture_spec("pair", "pair")), Words(text_spec("pair-text", "pair"))


def turned(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return straight(-vectors)


def asking(writer: Writer, opened: Opened, tmp_path: Path) -> Searcher:
    return Searcher(writer, tmp_path / "cache", embedders=opened.embedders())


def test_hits_of_several_models_come_in_one_list(empty: Writer, painted: list[Path], tmp_path: Path) -> None:
    """A red that only one model has, a blue that only the other has."""
    add(empty, *painted[1:], models=[Colours()])
    add(empty, *(path for path in painted if path.name != "green.png"), models=[MIRROR])
    ways = {("names", "colours"): straight, ("names", "mirror"): straight}
    searcher = asking(empty, Opened([Colours(), MIRROR, Words()], ways), tmp_path)
    reds, greens = (searcher.search(Query([Term(name)], limit=100)) for name in ("red", "green"))
    assert (names(reds)[0], reds[0].via) == ("red.png", "names → mirror")
    assert (names(greens)[0], greens[0].via) == ("green.png", "names → colours")
    assert len(set(names(reds))) == len(reds) == len(painted)
    assert [hit.score for hit in reds] == sorted((hit.score for hit in reds), reverse=True)


def test_a_broken_model_or_way_costs_only_what_came_by_it(empty: Writer, painted: list[Path], tmp_path: Path) -> None:
    add(empty, *painted, models=[Colours(), PAIR])
    add_texts(empty, "a text", models=[PAIR_TEXT])
    ways = {("names", "colours"): straight}
    both = asking(empty, Opened([Words(), PAIR_TEXT], ways), tmp_path)
    assert {hit.via for hit in both.search(Query([Term("red")], limit=100))} <= {
        "names → colours",
        "pair-text → pair",
    }
    broken = asking(empty, Opened([Words()], ways), tmp_path)
    assert {hit.via for hit in broken.search(Query([Term("red")]))} == {"names → colours"}
    gone = asking(empty, Opened([Words(), PAIR_TEXT], {}), tmp_path)
    assert {hit.via for hit in gone.search(Query([Term("red")]))} == {"pair-text → pair"}
    nothing = asking(empty, Opened([Words()], {}), tmp_path)
    with pytest.raises(ModelUnavailable, match=r"^the weights of pair-text are gone|^nothing leads from words"):
        nothing.search(Query([Term("red")]))


def test_models_of_one_space_need_no_alignment(empty: Writer, painted: list[Path], tmp_path: Path) -> None:
    add(empty, *painted, models=[PAIR])
    add_texts(empty, "green", models=[PAIR_TEXT])
    opened = Opened([PAIR, PAIR_TEXT, Words()], {("names", "pair"): turned})
    hits = asking(empty, opened, tmp_path).search(Query([Term("red")]))
    assert (names(hits)[0], hits[0].via) == ("red.png", "pair-text → pair")
    assert opened.opened == ["pair-text"]  # its own space is taken alone
    fallen = asking(empty, Opened([PAIR, Words()], {("names", "pair"): straight}), tmp_path).search(
        Query([Term("red")])
    )
    assert (names(fallen)[0], fallen[0].via) == ("red.png", "names → pair")


def test_several_text_models_of_the_space_say_it_together(writer: Writer, tmp_path: Path) -> None:
    towers = [Words(text_spec(name, "colours")) for name in ("one", "other")]
    add_texts(writer, "a text", models=towers)
    hits = asking(writer, Opened([Words(), *towers]), tmp_path).search(Query([Term("blue")]))
    assert (names(hits)[0], hits[0].via) == ("blue.png", "one → colours + other → colours")


def test_texts_are_found_by_words_pictures_and_texts(writer: Writer, folder: Path, tmp_path: Path) -> None:
    red, _, blue = add_texts(writer, "a red thing", "a green thing", "blue / 100 %")
    opened = Opened(ways={("names", "colours"): straight, ("colours", "names"): straight})
    searcher = asking(writer, opened, tmp_path)
    by_words = searcher.search(Query([Term("red")], modality="text"))
    assert by_words[0].media == red
    assert (by_words[0].words, by_words[0].modality, by_words[0].path) == ("a red thing", "text", None)
    assert by_words[0].url == "data:,a%20red%20thing"
    assert by_words[0].via == "names"
    by_picture = searcher.search(Query([Term(example=str(folder / "blue.png"))], modality="text", limit=1))
    assert (by_picture[0].media, by_picture[0].words, by_picture[0].via) == (blue, "blue / 100 %", "colours → names")
    by_text = searcher.search(Query([Term(example=blue)], limit=1))
    assert (names(by_text), by_text[0].via) == (["blue.png"], "names → colours")
    anything = searcher.search(Query([Term("red")], modality="any", limit=100))
    assert len(anything) == 26
    assert {hit.modality for hit in anything} == {"image", "text"}
    assert {hit.modality for hit in searcher.search(Query([Term("red")]))} == {"image"}


def test_a_removed_model_embeds_no_query(writer: Writer, searcher: Searcher) -> None:
    searcher.search(Query([Term("red")]))
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_model("names", default=True)
    with pytest.raises(ModelUnavailable, match="nothing leads from words to colours"):
        searcher.search(Query([Term("red")]))
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_model("colours", default=False)
    assert searcher.search(Query([Term("red")])) == []


def test_a_model_may_be_taken_out_while_it_is_asked(
    writer: Writer, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(writer.layout.root) as store:
        before = store.models()
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_model("colours", default=False)
    monkeypatch.setattr(Store, "models", lambda self: before)
    assert searcher.search(Query([Term("red")])) == []
    assert searcher.answering() == []


WIDE = Words(text_spec("wide", dim=64))


def test_the_line_lies_under_what_is_asked_for(empty: Writer, tmp_path: Path) -> None:
    add_texts(empty, *(f"text {n}" for n in range(200)), models=[WIDE])
    searcher = asking(empty, Opened([WIDE], {}, default="wide"), tmp_path)
    hits = searcher.search(Query([Term("text 77")], modality="text", limit=5))
    assert hits[0].words == "text 77"
    assert [hit.likely for hit in hits] == [True, False, False, False, False]
    [alone] = searcher.search(Query([Term("text 77")], modality="text", limit=1))
    assert alone == hits[0]  # whatever is asked for, the line is the same
    assert not any(hit.likely for hit in searcher.search(Query([Term("elsewhere")], modality="text")))


def test_a_few_texts_are_not_all_likely(empty: Writer, tmp_path: Path) -> None:
    add_texts(empty, "one", models=[WIDE])
    searcher = asking(empty, Opened([WIDE], {}, default="wide"), tmp_path)
    assert [hit.likely for hit in searcher.search(Query([Term("one")], modality="text"))] == [False]
    add_texts(empty, "two", "three", models=[WIDE])
    assert [hit.likely for hit in searcher.search(Query([Term("one")], modality="text"))] == [True, False, False]


def test_the_only_item_is_like_itself(empty: Writer, folder: Path, tmp_path: Path, opened: Opened) -> None:
    [media] = add(empty, paint(folder / "only.png", (3, 200, 5)))
    [hit] = asking(empty, opened, tmp_path).search(Query([Term(example=media)]))
    assert (hit.media, hit.score, hit.likely) == (media, 0, False)


def test_among_some_items_only_these_are_compared(searcher: Searcher, writer: Writer, folder: Path) -> None:
    every = searcher.rank(Query([Term("red")], limit=23))
    some = np.array([one.media for one in every.found[3::2]], np.int64)
    found = searcher.rank(Query([Term("red")], limit=4), np.sort(some)).found
    assert [one.media for one in found] == some[:4].tolist()
    assert [one.score for one in found] == pytest.approx([one.score for one in every.found[3::2][:4]], rel=1e-5)
    mine = searcher.rank(Query([Term(example=int(some[0]))], exclude_examples=True), some)
    assert set(some[1:].tolist()) == {one.media for one in mine.found}
    nothing = np.array([10**6], np.int64)
    assert searcher.rank(Query([Term("red")]), nothing) == ([], 0)


def test_the_line_is_drawn_by_what_is_compared(searcher: Searcher, writer: Writer, folder: Path) -> None:
    red = writer.media_at(str(folder / "red.png"))
    assert red is not None
    assert searcher.rank(Query([Term("red")])).likely >= searcher.rank(Query([Term("red")]), np.array([red])).likely
    assert searcher.rank(Query([Term("red")], limit=1)).likely <= 1
