from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from aptl3.records.query import Term
from aptl3.search.asked import Asked
from aptl3.search.calibration import Scale, scale
from aptl3.search.cohort import ASK, Cohorts
from aptl3.search.collection import Collections
from aptl3.search.sources import Sources
from aptl3.storage.writer import Writer
from tests.search.conftest import (
    Colours,
    Opened,
    Words,
    add,
    add_texts,
    paint,
    removing_after_a_look,
    straight,
    text_spec,
)


class Judge:
    """Cohorts of a library, and the parts that they are made with."""

    def __init__(self, writer: Writer, opened: Opened) -> None:
        self.writer = writer
        self.opened = opened
        self.sources = Sources(writer, opened.embedders())
        self.collections = Collections(writer)
        self.cohorts = Cohorts(writer, self.sources, self.collections)

    def scale(self, *terms: Term, target: str = "colours") -> Scale:
        self.sources.refresh()
        model = self.writer.model(target)
        assert model is not None
        asked = [Asked(term, self.writer, self.sources) for term in terms]
        centre = self.collections.of(target).live.centre
        return self.cohorts.scale(asked, [one.toward(model, centre) for one in asked], model)


@pytest.fixture
def judge(writer: Writer, opened: Opened) -> Judge:
    return Judge(writer, opened)


class Counting(Words):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[override]
        self.asked += texts
        return super().embed(texts)


def test_words_are_judged_by_everyday_questions_embedded_once(writer: Writer) -> None:
    words = Counting()
    judge = Judge(writer, Opened([Colours(), words]))
    found = judge.scale(Term("red"))
    questions = [text for text in words.asked if text != "red"]
    assert tuple(questions) == ASK
    assert "a dog" in questions
    expected = scale(straight(words.embed(questions)), judge.collections.of("colours").sample)
    assert found.spread == pytest.approx(expected.spread, rel=1e-5)
    words.asked.clear()
    assert judge.scale(Term("blue")) is found
    judge.scale(Term("blue"), Term("red", weight=-0.5))
    assert set(words.asked) == {"red", "blue"}


def test_examples_are_judged_by_other_items_and_open_no_model(judge: Judge) -> None:
    found = judge.scale(Term(example=1))
    sample = judge.collections.of("colours").sample
    assert found.spread == pytest.approx(scale(sample, sample).spread, rel=1e-3)
    assert judge.opened.opened == []


def test_items_that_are_taken_out_in_between_still_judge(
    judge: Judge, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = judge.scale(Term(example=1)).spread
    judge.collections.of("colours").scales.clear()
    removing_after_a_look(judge.writer, str(folder), monkeypatch, least=2)
    assert judge.scale(Term(example=1)).spread == pytest.approx(expected, rel=1e-3)
    assert judge.writer.media_info(2) is None


def test_a_text_as_an_example_is_no_plain_question(writer: Writer) -> None:
    [text, *_] = add_texts(writer, *(f"{name} {n}" for n in range(10) for name in ("red", "blue")))
    judge = Judge(writer, Opened())
    assert judge.scale(Term("red"), target="names") is not judge.scale(Term(example=text), target="names")


def test_an_example_of_another_kind_is_judged_by_its_kind(writer: Writer) -> None:
    add_texts(writer, *(f"{name} {n}" for n in range(10) for name in ("red", "blue")))
    judge = Judge(writer, Opened(ways={("colours", "names"): straight}))
    assert judge.scale(Term(example=1), target="names").spread > 0
    assert judge.opened.opened == []


def test_a_query_of_parts_is_judged_by_such_parts(judge: Judge) -> None:
    words, both = judge.scale(Term("red")), judge.scale(Term("red"), Term(example=1))
    assert both.spread != words.spread
    nearly = judge.scale(Term("red"), Term(example=1, weight=1e-6))
    assert nearly.spread == pytest.approx(words.spread, rel=1e-3)
    assert judge.scale(Term("red", weight=3)) is words  # the weight of a single part says nothing


def test_what_is_committed_later_counts(judge: Judge, writer: Writer, folder: Path) -> None:
    before = judge.scale(Term("red"))
    add(writer, paint(folder / "grey.png", (120, 130, 125)))
    assert judge.scale(Term("red")) is not before


def test_an_example_that_nothing_is_like_is_judged_by_strangers(empty: Writer, tmp_path: Path) -> None:
    """A picture from elsewhere asks a library of texts: there are no pictures to compare it with."""
    add_texts(empty, "red", "green", "blue")
    opened = Opened(ways={("colours", "names"): straight}, default="colours")
    judge = Judge(empty, opened)
    path = paint(tmp_path / "new.png", (250, 5, 5))
    assert judge.scale(Term(example=str(path)), target="names").spread == pytest.approx(3**-0.5)


def test_the_number_of_scales_kept_is_bounded(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.search.cohort._MOST", 3)
    first = judge.scale(Term("red"))
    for weight in (0.1, 0.2, 0.3):
        judge.scale(Term("red"), Term("blue", weight=weight))
    again = judge.scale(Term("red"))
    assert again is not first
    assert again.spread == first.spread


def test_several_ways_are_judged_together(writer: Writer) -> None:
    pair = [Words(text_spec(name, "colours")) for name in ("one", "other")]
    add_texts(writer, "a text", models=pair)
    together = Judge(writer, Opened([Colours(), Words(), *pair])).scale(Term("red"))
    alone = Judge(writer, Opened()).scale(Term("red"))
    assert together.spread == pytest.approx(alone.spread, rel=1e-4)  # both say the same
