from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting.evaluation import forest as forests
from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.forest import forest, ranks_through
from aptl3.fitting.evaluation.metrics import MISSED
from aptl3.fitting.evaluation.ranking import Truth, exact_ranks, true_scores
from aptl3.records.model import StoredModel
from aptl3.storage.index.corpus import Corpus

COUNT, DIM = 3000, 16


@pytest.fixture(scope="module")
def collection() -> Collection:
    rows = np.random.default_rng(1).normal(size=(COUNT, DIM)).astype(np.float16)
    media = np.arange(COUNT)
    media[5] = -1
    return Collection(StoredModel("m", "f", "image", DIM, "float16", "m"), Corpus.whole(DIM, [(4, rows)]), media)


@pytest.fixture(scope="module")
def queries(collection: Collection) -> np.ndarray:
    chance = np.random.default_rng(2)
    noisy = collection.directions(np.arange(100, 200)) + 0.3 * chance.normal(size=(100, DIM))
    unit: np.ndarray = (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)
    return unit


TRUTH = Truth(np.arange(100), np.arange(100, 200), np.ones(100, bool))


def test_a_forest_that_looks_at_all_gives_the_exact_ranks(
    collection: Collection, queries: np.ndarray, tmp_path: Path
) -> None:
    scores = true_scores(queries, TRUTH, collection.directions)
    exact = exact_ranks(queries, collection.blocks(), TRUTH, scores, collection.alive)
    with forest(collection, 20, tmp_path, 1) as index:
        index.effort = 20 * COUNT
        ranks, took = ranks_through(index, collection, queries, TRUTH)
    np.testing.assert_array_equal(ranks, np.where(exact <= forests.ANSWERS, exact, MISSED))
    assert len(took) == 100 and (took > 0).all()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_among_the_answers_is_missed(collection: Collection, queries: np.ndarray, tmp_path: Path) -> None:
    away = Truth(np.arange(100), np.full(100, 5), np.ones(100, bool))  # that row was removed
    with forest(collection, 5, tmp_path, 1) as index:
        index.effort = 500
        ranks, _ = ranks_through(index, collection, queries, away)
    assert (ranks == MISSED).all()


def test_a_right_answer_that_does_not_count_is_no_rival(
    collection: Collection, queries: np.ndarray, tmp_path: Path
) -> None:
    query = collection.directions(np.array([100]))
    order = np.argsort(-(collection.directions(np.arange(COUNT)) @ query[0]))
    third = int(order[2])
    neutral = Truth(np.array([0, 0]), np.array([100, third]), np.array([False, True]))
    with forest(collection, 20, tmp_path, 1) as index:
        index.effort = 20 * COUNT
        assert ranks_through(index, collection, query, neutral)[0].tolist() == [2]
