from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.fitting.measuring import Floats, Questions, Rows, figures, truth


def units(rows: int, dim: int = 16, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def blocks(rows: Floats, size: int) -> list[tuple[int, Floats]]:
    return [(start, rows[start : start + size]) for start in range(0, len(rows), size)]


@given(st.integers(1, 80), st.integers(1, 90), st.integers(0, 9))
def test_truth_is_the_best_ten_of_the_living_without_its_own(rows: int, size: int, seed: int) -> None:
    vectors = units(rows, seed=seed)
    alive = np.random.default_rng(seed).random(rows) < 0.8
    questions = Questions(np.concatenate([vectors[:1], units(2, seed=99)]), np.array([0, -1, -1]))
    true = truth(blocks(vectors, size), questions, alive=alive)
    for direction, own, found in zip(questions.directions, questions.own, true, strict=True):
        scores = np.array([direction @ v for n, v in enumerate(vectors) if alive[n] and n != own], np.float32)
        expected = -np.sort(-scores)[:10]
        np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-6)
        assert (found[len(expected) :] == -np.inf).all()


def test_recall_counts_what_is_as_good_as_the_true_ten() -> None:
    vectors = np.repeat(units(100), 2, axis=0)  # every row twice: either of two will do
    questions = Questions(vectors[:20], np.arange(20))
    true = truth([(0, vectors)], questions, alive=np.ones(200, bool))

    def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
        order = np.lexsort((np.random.default_rng(0).random(200), -(vectors @ direction)))[:count]
        return order, (vectors @ direction)[order]

    def half(direction: Floats, count: int) -> tuple[Rows, Floats]:
        numbers, scores = ask(direction, 2 * count)
        return numbers[1::2], scores[1::2]  # one of each two is left out, and worse ones come for them

    assert figures(ask, questions, true).recall == 1
    assert 0.4 < figures(half, questions, true).recall < 0.7


def test_a_question_that_finds_only_itself_finds_nothing() -> None:
    vectors = units(50)
    questions = Questions(vectors[:5], np.arange(5))
    true = truth([(0, vectors)], questions, alive=np.ones(50, bool))
    own = iter([*range(3), *range(5)])  # asked three times to warm up

    def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
        return np.array([next(own)]), np.ones(1, np.float32)

    assert figures(ask, questions, true).recall == 0


def test_milliseconds_are_of_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(np.cumsum([0, 0.002] * 100).tolist())
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    vectors = units(20)
    questions = Questions(vectors, np.full(20, -1))
    measured = figures(
        lambda direction, count: (np.arange(0), units(0)[:, 0]), questions, np.zeros((20, 10), np.float32)
    )
    assert measured.median == pytest.approx(2)
    assert measured.slow == pytest.approx(2)
    assert measured.quick == pytest.approx(2)
