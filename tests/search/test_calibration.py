from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.search.calibration import LEVEL, SAME, likely, scale

Floats = npt.NDArray[np.float32]


def unit(rows: npt.NDArray[np.floating]) -> Floats:
    result: Floats = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return result


def directions(count: int, dim: int, seed: int) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def chance(score: float, rows: int) -> float:
    return rows * math.erfc(score / math.sqrt(2)) / 2


def test_scores_count_spreads_of_other_questions() -> None:
    sample, cohort = directions(500, 64, 1), directions(48, 64, 2)
    known = scale(cohort, sample)
    assert known.spread == pytest.approx(np.std(cohort @ sample.T - (cohort @ sample.mean(axis=0))[:, None]), rel=1e-4)
    direction = directions(1, 64, 3)[0]
    scores = known.scores(direction, sample @ direction)
    assert scores.mean() == pytest.approx(0, abs=1e-3)
    assert scores.std() == pytest.approx(1, abs=0.15)


def test_neither_the_query_nor_how_many_match_changes_the_spread() -> None:
    """A third of the collection matches: the score of the others is as far from theirs as ever."""
    rows = np.random.default_rng(4).standard_normal((3000, 64))
    rows[:1000, 0] += 5
    sample = unit(rows - rows.mean(axis=0))
    direction, cohort = np.eye(64, dtype=np.float32)[0], np.eye(64, dtype=np.float32)[1:]
    scores = np.sort(scale(cohort, sample).scores(direction, sample @ direction))[::-1]
    assert 500 < likely(scores.tolist(), len(sample)) <= 1000


def test_an_item_is_no_chance_neighbour_of_itself() -> None:
    rows = directions(40, 64, 5)
    off = (rows @ rows.T)[~np.eye(40, dtype=bool)]
    mean = np.repeat(rows @ rows.mean(axis=0), 39)
    assert scale(rows, rows).spread == pytest.approx(math.sqrt(np.square(off - mean).mean()), rel=1e-4)
    assert float(rows[0] @ rows[0]) > SAME


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("questions", [0, 3])
def test_of_nothing_the_spread_is_that_of_strangers(rows: int, questions: int) -> None:
    known = scale(directions(questions, 16, 6), np.zeros((rows, 16), np.float32))
    assert known.spread == 0.25
    assert known.scores(np.eye(16, dtype=np.float32)[0], np.zeros(rows)).tolist() == [0.0] * rows


def test_one_match_must_stand_out_from_all() -> None:
    assert likely([4.0, 1.0, 0.0], 80) == 1
    assert likely([4.0, 1.0, 0.0], 100_000) == 0
    assert likely([3.0], 1) == 1
    assert likely([1.0], 1) == 0
    assert likely([], 0) == 0


def test_where_many_match_each_need_stand_out_less() -> None:
    assert likely([3.0, 2.0], 80) == 0
    assert likely([3.0] * 20 + [2.0], 80) == 20


@given(st.lists(st.floats(-5, 40), max_size=60), st.integers(1, 10**7))
def test_the_line_is_the_longest_beginning_that_holds_the_level(scores: list[float], more: int) -> None:
    scores.sort(reverse=True)
    rows = len(scores) + more
    count = likely(scores, rows)
    if count:
        assert chance(scores[count - 1], rows) <= LEVEL * count
    for rank in range(count + 1, len(scores) + 1):
        assert chance(scores[rank - 1], rows) > LEVEL * rank


def test_lines_are_seldom_drawn_where_nothing_matches() -> None:
    rng = np.random.default_rng(7)
    drawn = sum(likely(np.sort(rng.standard_normal(200))[::-1].tolist(), 200) > 0 for _ in range(1000))
    assert drawn <= 1000 * LEVEL * 1.5
    assert drawn >= 1000 * LEVEL * 0.5
