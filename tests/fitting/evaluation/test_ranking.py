from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aptl3.fitting.evaluation.ranking import Floats, Truth, exact_ranks, pair_angles, true_scores


def unit(rows: np.ndarray) -> Floats:
    found: Floats = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return found


def blocks(rows: Floats, size: int) -> Iterator[tuple[int, Floats]]:
    return ((start, rows[start : start + size]) for start in range(0, len(rows), size))


def ranked(queries: Floats, rows: Floats, truth: Truth, alive: np.ndarray | None = None, size: int = 7) -> list[int]:
    scores = true_scores(queries, truth, lambda numbers: rows[numbers], size=3)
    living = np.ones(len(rows), bool) if alive is None else alive
    return [int(rank) for rank in exact_ranks(queries, blocks(rows, size), truth, scores, living)]


def pairs(*pairs: tuple[int, int, bool]) -> Truth:
    table = np.array(pairs)
    return Truth(table[:, 0], table[:, 1], table[:, 2].astype(bool))


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_ranks_are_those_of_a_sorted_list(seed: int, right: int, size: int) -> None:
    chance = np.random.default_rng(seed)
    queries, rows = unit(chance.normal(size=(9, 6))), unit(chance.normal(size=(40, 6)))
    alive = chance.random(40) < 0.8
    answers = [chance.choice(np.flatnonzero(alive), right, replace=False) for _ in queries]
    truth = pairs(*[(query, row, True) for query, rows_ in enumerate(answers) for row in rows_])
    expected = []
    for query, own in zip(queries, answers, strict=True):
        order = [row for row in np.argsort(-(rows.astype(np.float64) @ query)) if alive[row]]
        first = min(order.index(row) for row in own)
        expected.append(first + 1)
    assert ranked(queries, rows, truth, alive, size) == expected


def test_more_queries_than_are_taken_at_a_time() -> None:
    chance = np.random.default_rng(1)
    rows = unit(chance.normal(size=(50, 8)))
    own = chance.integers(0, 50, 2500)
    truth = Truth(np.arange(2500), own, np.ones(2500, bool))
    assert set(ranked(rows[own], rows, truth)) == {1}


def test_what_says_the_same_of_everything_ranks_last() -> None:
    rows = unit(np.random.default_rng(2).normal(size=(30, 4)))
    nothing = np.zeros((2, 4), np.float32)
    assert ranked(nothing, rows, pairs((0, 3, True), (1, 8, True))) == [30, 30]
    same = np.repeat(unit(np.ones((1, 4))), 30, axis=0)
    assert ranked(unit(np.ones((1, 4))), same, pairs((0, 3, True))) == [30]


def test_a_right_answer_that_does_not_count_is_no_rival() -> None:
    rows = unit(np.array([[1.0, 0], [0.9, 0.1], [0.8, 0.3], [0, 1]]))
    query = unit(np.array([[1.0, 0]]))
    assert ranked(query, rows, pairs((0, 2, True))) == [3]
    assert ranked(query, rows, pairs((0, 2, True), (0, 0, False))) == [2]
    assert ranked(query, rows, pairs((0, 2, True), (0, 0, True))) == [1]


def test_the_angle_of_a_query_is_the_mean_over_its_counted_answers() -> None:
    rows = unit(np.array([[1.0, 0], [0, 1], [-1, 0]]))
    queries = unit(np.array([[1.0, 0], [1, 1]]))
    truth = pairs((0, 0, True), (0, 1, True), (0, 2, False), (1, 0, True))
    scores = true_scores(queries, truth, lambda numbers: rows[numbers])
    np.testing.assert_allclose(pair_angles(scores, truth, 2), [45, 45], atol=1e-4)


def test_progress_ends_at_all() -> None:
    chance = np.random.default_rng(1)
    rows, told = unit(chance.normal(size=(20, 4))), list[float]()
    truth = pairs((0, 0, True))
    scores = true_scores(rows[:1], truth, lambda numbers: rows[numbers])
    exact_ranks(rows[:1], blocks(rows, 8), truth, scores, np.ones(20, bool), told.append)
    assert told == [0.4, 0.8, 1.0]
