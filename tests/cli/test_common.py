"""Paths as they are given, and tables."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from aptl3.cli.common import absolute, table

PARTS = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=4)


@given(st.lists(PARTS, max_size=8))
def test_no_path_is_given_twice_or_lies_under_another_and_none_is_lost(parts: list[list[str]]) -> None:
    paths = ["/" + "/".join(one) for one in parts]
    kept = absolute(paths)
    folders = [path.rstrip("/") + "/" for path in kept]
    assert len(set(kept)) == len(kept)
    assert not any(a != b and a.startswith(b) for a in folders for b in folders)
    assert all(any((path.rstrip("/") + "/").startswith(folder) for folder in folders) for path in paths)


def test_thousands_of_paths_cost_no_square() -> None:
    paths = [f"/photographs/{number}.jpg" for number in range(20_000)]
    assert absolute(paths) == paths


def test_relative_paths_become_absolute() -> None:
    assert absolute(["x", "./x", "x/../x"]) == [os.path.join(os.getcwd(), "x")]


def test_texts_that_lie_in_no_file_stay_as_they_are() -> None:
    assert absolute(["data:,a", "data:,a/b", "data:,a"]) == ["data:,a", "data:,a/b"]


def test_numbers_stand_to_the_right() -> None:
    assert table([("loader", "5"), ("x", "1000")], ("stage", "done")) == "stage   done\nloader     5\nx       1000"
