from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.gui.search.question import WEIGHTS, Part, Question, typed, weight_text
from aptl3.records.browsing import Filters, Sort
from aptl3.records.query import Term


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", None),
        ("  ", None),
        (" a red bus ", Part(words="a red bus")),
        ("1984", Part(words="1984")),
        ("photo.jpg", Part(words="photo.jpg")),  # in which folder?
        ("AC/DC", Part(words="AC/DC")),
        ("/photographs/a b.jpg", Part(example="/photographs/a b.jpg")),
        (r"C:\photographs\a.jpg", Part(example=r"C:\photographs\a.jpg")),
        ("https://example.org/a.jpg", Part(example="https://example.org/a.jpg")),
        ("file:///photographs/a.jpg", Part(example="file:///photographs/a.jpg")),
    ],
)
def test_what_is_typed(text: str, part: Part | None) -> None:
    assert typed(text) == part


def test_terms() -> None:
    assert Part(words="red", weight=2.0).term == Term("red", None, 2.0)
    assert Part(example=7, unlike=True).term == Term(None, 7, -1.0)


def test_names_are_short() -> None:
    assert Part(words="a\nred bus").name == "a red bus"
    assert Part(example="/photographs/a.jpg").name == "a.jpg"
    assert Part(example="https://example.org/x/a%20b.jpg").name == "a b.jpg"
    assert Part(example=7).name == ""
    long = Part(words="word " * 40).name
    assert len(long) <= 40 and long.endswith("…")


@given(st.integers(-9, 9), st.sampled_from(WEIGHTS))
def test_weights_go_in_steps_and_end(steps: int, weight: float) -> None:
    heavier = Part(words="a", weight=weight).heavier(steps).weight
    assert heavier in WEIGHTS
    assert (heavier - weight) * steps >= 0
    assert (heavier == weight) == (steps == 0 or weight == (WEIGHTS[-1] if steps > 0 else WEIGHTS[0]))


def test_weights_in_words() -> None:
    assert [weight_text(weight) for weight in (*WEIGHTS, 3.5)] == ["×¼", "×½", "×1", "×2", "×4", "×3.5"]


def test_words_alone_are_no_chip() -> None:
    assert Question().words is None
    assert Question((Part(words="red"),)).words == "red"
    assert Question((Part(words="red", unlike=True),)).words is None
    assert Question((Part(words="red"), Part(words="bus"))).words is None
    assert Question((Part(example="/a.jpg"),)).words is None


def test_the_query_of_a_question() -> None:
    asked = Question((Part(words="red"), Part(example=7, unlike=True)), Filters(modality="any"))
    query = asked.query(10)
    assert (list(query.terms), query.limit, query.modality) == ([Term("red"), Term(None, 7, -1.0)], 10, "any")
    assert query.exclude_examples
    assert not Question((Part(example="/a.jpg"),)).query(10).exclude_examples  # that it is here is an answer


def test_a_first_question_is_answered_by_match() -> None:
    library = Question(sort=Sort.OLDEST)
    asked = library.asking([Part(words="red")])
    assert asked.sort is None
    later = Question((Part(words="red"),), sort=Sort.NEWEST)
    assert later.asking([Part(words="bus")]).sort is Sort.NEWEST
    assert later.asking([]) == Question()


def test_an_example_is_in_a_question_once() -> None:
    asked = Question((Part(words="red"), Part(example=7)))
    assert asked.also([Part(example=7, unlike=True)]).parts == (Part(words="red"), Part(example=7, unlike=True))
    assert len(asked.also([Part(words="red")]).parts) == 3
