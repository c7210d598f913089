from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.errors import BadArgument
from aptl3.records.query import Term
from aptl3.search.query import Exists, parse, parse_term


def there(*names: str) -> Exists:
    return lambda path: path in names


def nothing(path: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        (["a cup of coffee"], [Term("a cup of coffee")]),
        (["a", "cup", "of", "coffee"], [Term("a cup of coffee")]),
        (["2", "cats"], [Term("2 cats")]),
        (["2 cats"], [Term("2 cats")]),
        (["42"], [Term(example=42)]),
        (["42", "43"], [Term(example=42), Term(example=43)]),
        (["photo.jpg"], [Term(example="photo.jpg")]),
        (["/a/photo"], [Term(example="/a/photo")]),
        (["./photo"], [Term(example="./photo")]),
        (["~/photo"], [Term(example="~/photo")]),
        ([r"C:\photos\a.jpg"], [Term(example=r"C:\photos\a.jpg")]),
        (["file:///a/b%20c.jpg"], [Term(example="file:///a/b%20c.jpg")]),
        (["https://example.org/a"], [Term(example="https://example.org/a")]),
        (["black/white portrait"], [Term("black/white portrait")]),
        (["24/7"], [Term("24/7")]),
        (["5:30 train"], [Term("5:30 train")]),
        (["at", "night", "photo.jpg", "42"], [Term("at night 42"), Term(example="photo.jpg")]),
    ],
)
def test_the_free_part(query: list[str], terms: list[Term]) -> None:
    assert parse(query, exists=nothing) == terms


def test_a_file_that_is_there_is_an_example_if_it_looks_like_one() -> None:
    exists = there("my photo.x", os.path.join("dir", "photo"), "cat")
    assert parse(["my photo.x"], exists=exists) == [Term(example="my photo.x")]
    assert parse([os.path.join("dir", "photo")], exists=exists) == [Term(example=os.path.join("dir", "photo"))]
    assert parse(["cat"], exists=exists) == [Term("cat")]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("photo.jpg", Term(example="photo.jpg")),
        ("0.5:photo.jpg", Term(example="photo.jpg", weight=0.5)),
        (".5:photo.jpg", Term(example="photo.jpg", weight=0.5)),
        ("2.:42", Term(example=42, weight=2)),
        ("42", Term(example=42)),
        ("at night", Term("at night")),
        ("2:at night", Term("at night", weight=2)),
        (r"C:\a.jpg", Term(example=r"C:\a.jpg")),
        ("3:file:///a.jpg", Term(example="file:///a.jpg", weight=3)),
        ("99999999999999999999", Term("99999999999999999999")),  # no id is that large
    ],
)
def test_weighted_terms(text: str, term: Term) -> None:
    assert parse_term(text, exists=nothing) == term


def test_a_file_whose_name_looks_weighted() -> None:
    assert parse_term("2:a.jpg", exists=there("2:a.jpg")) == Term(example="2:a.jpg")


def test_all_parts_together() -> None:
    assert parse(["a", "cat"], ["0.5:42"], ["2:at night"], exists=nothing) == [
        Term("a cat"),
        Term(example=42, weight=0.5),
        Term("at night", weight=-2),
    ]
    assert parse([], [], ["42"], exists=nothing) == [Term(example=42, weight=-1)]


def test_a_path_object_is_an_example_whatever_it_looks_like() -> None:
    assert parse([Path("cat"), "at night", Path("42")], [Path("2:a")], [Path("b")], exists=nothing) == [
        Term("at night"),
        Term(example="cat"),
        Term(example="42"),
        Term(example="2:a"),
        Term(example="b", weight=-1),
    ]


@pytest.mark.parametrize("one", ["photo.jpg", Path("photo.jpg"), ""])
def test_one_text_where_a_list_belongs(one: Any) -> None:
    with pytest.raises(BadArgument, match="Give a list"):
        parse(["cat"], one, exists=nothing)
    with pytest.raises(BadArgument, match="Give a list"):
        parse(["cat"], (), one, exists=nothing)


@pytest.mark.parametrize("text", ["", "  ", "2: ", "0:photo.jpg", "0.0:x", "9" * 400 + ":x"])
def test_terms_that_make_no_sense(text: str) -> None:
    with pytest.raises(BadArgument):
        parse([], [text], exists=nothing)


@pytest.mark.parametrize("query", [[], [""], [" ", "\n"]])
def test_nothing_asked_for(query: list[str]) -> None:
    with pytest.raises(BadArgument, match="what to search for"):
        parse(query, exists=nothing)


@given(st.lists(st.text(), min_size=1), st.lists(st.text()), st.lists(st.text()))
def test_any_text_is_terms_or_a_bad_argument(query: list[str], like: list[str], unlike: list[str]) -> None:
    try:
        terms = parse(query, like, unlike, exists=nothing)
    except BadArgument:
        return
    assert terms
    assert all((term.text is None) != (term.example is None) and term.weight for term in terms)
    assert [term.weight < 0 for term in terms][len(terms) - len(unlike) :] == [True] * len(unlike)
