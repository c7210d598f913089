from __future__ import annotations

import numpy as np

from aptl3.storage.index.clusters import Means, cluster, nearest
from tests.storage.index.samples import collection


def test_clusters_that_lie_apart_are_found() -> None:
    rng = np.random.default_rng(0)
    true = np.linalg.qr(rng.standard_normal((32, 32)))[0][:8].astype(np.float32)
    rows = true[rng.integers(0, 8, 2000)] + 0.05 * rng.standard_normal((2000, 32), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    middles = cluster(rows, 16)
    np.testing.assert_allclose(np.linalg.norm(middles, axis=1), 1, rtol=1e-5)
    assert float((rows @ middles.T).max(axis=1).min()) > 0.9


def test_as_many_clusters_as_there_are_rows() -> None:
    rows = collection(5, 32).astype(np.float32)
    assert sorted(nearest(rows, cluster(rows, 5)).tolist()) == [0, 1, 2, 3, 4]


def test_rows_that_are_all_alike() -> None:
    rows = np.repeat(collection(1, 32).astype(np.float32), 100, axis=0)
    np.testing.assert_allclose(cluster(rows, 10), rows[:10], atol=1e-3)


def test_means_are_of_all_blocks() -> None:
    rows = collection(1000, 32).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    owner = np.random.default_rng(1).integers(0, 7, 1000)
    owner[owner == 4] = 5  # one has none
    found = Means(7, 32)
    for start in range(0, 1000, 300):
        found.add(rows[start : start + 300], owner[start : start + 300])
    assert found.sizes.tolist() == np.bincount(owner, minlength=7).tolist()
    for number in (0, 5, 6):
        mine = rows[owner == number]
        mean = mine.mean(axis=0)
        np.testing.assert_allclose(found.means[number], mean, atol=1e-5)
        spread = np.square(mine - mean).sum(axis=1).mean() ** 0.5
        np.testing.assert_allclose(found.radii[number], spread, atol=1e-3)
    assert not found.means[4].any()
