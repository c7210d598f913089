from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aptl3.fitting.evaluation import metrics
from aptl3.fitting.evaluation.metrics import MISSED, Estimate

RANKS = st.lists(st.integers(1, 50) | st.just(MISSED), min_size=2, max_size=60)


def clusters(count: int, size: int = 1) -> np.ndarray:
    return np.arange(count) // size


@given(RANKS)
@settings(max_examples=50, deadline=None)
def test_recall_is_the_share_of_ranks_up_to_k_within_its_interval(ranks: list[int]) -> None:
    curve = metrics.recall(np.array(ranks), clusters(len(ranks)), metrics.every_k(50))
    for k, value, low, high in zip(curve.ks, curve.value, curve.low, curve.high, strict=True):
        assert value == pytest.approx(sum(rank <= k for rank in ranks) / len(ranks))
        assert 0 <= low <= value + 1e-9 and value - 1e-9 <= high <= 1 + 1e-9
    assert (np.diff(curve.low) >= 0).all() and (np.diff(curve.high) >= 0).all()


@given(RANKS)
@settings(max_examples=50, deadline=None)
def test_the_median_is_the_least_k_that_half_of_the_queries_reach(ranks: list[int]) -> None:
    value, low, high = metrics.median(np.array(ranks), clusters(len(ranks)))
    assert sum(rank <= value for rank in ranks) * 2 >= len(ranks) > sum(rank < value for rank in ranks) * 2
    assert low <= value <= high


def test_every_k_begins_with_all_small_ones_and_ends_with_all() -> None:
    assert metrics.every_k(7).tolist() == [1, 2, 3, 4, 5, 6, 7]
    many = metrics.every_k(100_000)
    assert many[0] == 1 and many[-1] == 100_000 and len(many) < 220
    assert {1, 5, 10, 100} <= set(many.tolist())


def test_queries_of_one_photograph_count_as_one_draw() -> None:
    """Five captions that stand and fall together tell as much as one."""
    chance = np.random.default_rng(3)
    ranks = np.where(chance.random(400) < 0.5, 1, 9)
    alone = metrics.recall(ranks, clusters(400), np.array([1])).at(1)
    together = metrics.recall(np.repeat(ranks, 5), clusters(2000, 5), np.array([1])).at(1)
    assert together == pytest.approx(alone)
    apart = metrics.recall(np.repeat(ranks, 5), clusters(2000), np.array([1])).at(1)
    assert apart.high - apart.low < 0.6 * (together.high - together.low)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    chance = np.random.default_rng(4)
    truth, hold, tries = 0.3, 0, 200
    for _ in range(tries):
        ranks = np.where(chance.random(100) < truth, 1, 9)
        low, high = metrics.recall(ranks, clusters(100), np.array([1])).at(1)[1:]
        hold += low <= truth <= high
    assert 0.89 <= hold / tries <= 0.99


def test_where_all_succeed_the_interval_is_the_binomial_bound() -> None:
    sure = metrics.recall(np.ones(16, np.int64), clusters(16), np.array([1, 2]))
    assert sure.at(1) == pytest.approx((1.0, 0.025 ** (1 / 16), 1.0))
    none = metrics.recall(np.full(16, MISSED), clusters(16), np.array([1]))
    assert none.at(1) == pytest.approx((0.0, 0.0, 1 - 0.025 ** (1 / 16)))


def test_recall_between_and_beyond_the_ks_that_were_asked() -> None:
    curve = metrics.recall(np.array([1, 5, 90]), clusters(3), np.array([1, 5, 100]))
    assert [curve.at(k).value for k in (1, 4, 5, 1000)] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 1])


def test_the_mean_of_paired_differences() -> None:
    chance = np.random.default_rng(5)
    better = chance.normal(0.2, 1, 1000)
    value, low, high = metrics.mean(better, clusters(1000))
    assert value == pytest.approx(better.mean()) and low < value < high
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(1000), rel=0.15)


def test_how_an_estimate_is_printed() -> None:
    assert f"{Estimate(0.5, 0.25, 0.75):.2f}" == "0.50 (0.25–0.75)"
    missed = Estimate(3, 2, float(MISSED))
    assert f"{missed:.0f}" == "3 (2–∞)"
    assert missed.as_json() == {"value": 3, "low": 2, "high": None}
