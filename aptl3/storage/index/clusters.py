"""Clusters of unit vectors by spherical k-means (I. Dhillon, D. Modha, "Concept decompositions for large sparse text
data using clustering", 2001): each row belongs to the middle with which its dot product is highest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aptl3.storage.index.corpus import Floats, Rows

ROUNDS = 8  # later ones hardly move a row
SEED = 20200229
BLOCK = 4096  # rows that are compared at once


class Means:
    """Sizes, means and radii of clusters, of rows that come block by block."""

    def __init__(self, count: int, dim: int) -> None:
        self.sizes = np.zeros(count, np.int64)
        self._sums = np.zeros((count, dim), np.float32)

    def add(self, rows: Floats, owner: Rows) -> None:
        """Unit rows (n, dim), and which cluster each of them belongs to."""
        sizes = np.bincount(owner, minlength=len(self.sizes))
        there = np.flatnonzero(sizes)
        starts = (np.cumsum(sizes) - sizes)[there]
        self._sums[there] += np.add.reduceat(rows[np.argsort(owner, kind="stable")], starts)
        self.sizes += sizes

    @property
    def means(self) -> Floats:
        """float32 (clusters, dim); zeros of one without rows."""
        means: Floats = self._sums / np.maximum(self.sizes, 1).astype(np.float32)[:, None]
        return means

    @property
    def radii(self) -> Floats:
        """The root of the mean squared distance of a cluster's rows from their mean: float32 (clusters,)."""
        squares = np.square(self.means).sum(axis=1)
        radii: Floats = np.sqrt(np.maximum(0, 1 - squares))
        return radii


def cluster(rows: Floats, count: int) -> Floats:
    """The directions of ``count`` clusters of unit ``rows`` (n ≥ count, dim): float32 (count, dim). A cluster that
    loses all its rows begins anew with one of them."""
    rng = np.random.default_rng(SEED)
    middles = rows[rng.choice(len(rows), count, replace=False)]
    for _ in range(ROUNDS):
        found = Means(*middles.shape)
        found.add(rows, nearest(rows, middles))
        middles = found.means
        empty = found.sizes == 0
        middles[empty] = rows[rng.choice(len(rows), int(empty.sum()), replace=False)]
        lengths = np.linalg.norm(middles, axis=1, keepdims=True)
        middles = middles / np.maximum(lengths, np.float32(1e-12))
    return middles


def nearest(rows: Floats, middles: Floats) -> Rows:
    """Which of the middles is each row's: int64 (n,)."""
    blocks = (rows[start : start + BLOCK] @ middles.T for start in range(0, len(rows), BLOCK))
    found: npt.NDArray[np.int64] = np.concatenate([block.argmax(axis=1) for block in blocks])
    return found
