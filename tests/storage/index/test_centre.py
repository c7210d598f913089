from __future__ import annotations

import numpy as np
import pytest

from aptl3.storage.index.centre import Centre
from tests.storage.index.samples import collection, question, whole


def test_the_mean_of_blocks_is_that_of_all_rows() -> None:
    vectors = collection(1000)
    corpus, _ = whole(vectors, 300)
    centre = Centre.of((block for _, block in corpus.blocks(128)), corpus.dim)
    np.testing.assert_allclose(centre.mean, vectors.astype(np.float64).mean(axis=0), atol=1e-6)


def test_the_mean_of_nothing_is_zero() -> None:
    assert (Centre.of([], 4).mean == 0).all()


@pytest.mark.parametrize("dtype", ["<f2", "<f4"])
def test_factors_are_one_by_the_distance_from_the_mean(dtype: str) -> None:
    vectors = collection(500, 64, dtype=dtype)
    _, centre = whole(vectors)
    distance = np.linalg.norm(vectors.astype(np.float64) - centre.mean, axis=1)
    np.testing.assert_allclose(centre.factors(vectors), 1 / distance, rtol=2e-3)


def test_scores_are_cosines_in_the_centred_space() -> None:
    vectors = collection(50)
    corpus, centre = whole(vectors, 20)
    direction = question(centre)
    numbers = np.array([49, 3, 20])
    centred = vectors[numbers].astype(np.float64) - centre.mean
    expected = centred @ direction / np.linalg.norm(centred, axis=1)
    np.testing.assert_allclose(centre.scores(corpus, numbers, direction), expected, atol=1e-5)


def test_a_row_at_the_mean_has_no_direction_and_scores_nothing() -> None:
    vectors = np.repeat(collection(1, 16), 5, axis=0)
    corpus, centre = whole(vectors)
    assert (centre.directions(corpus.take(np.arange(5))) == 0).all()
    assert (centre.factors(vectors) == 0).all()
