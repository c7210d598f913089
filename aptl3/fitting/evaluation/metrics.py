"""What ranks and angles say of a search: recall@K, median rank, mean angle, each with a confidence interval.

A query's rank is that of the first right answer, from 1; ``MISSED`` where an approximate search did not find it.
Intervals are of 95 %, by the percentile bootstrap over clusters (Davison & Hinkley, "Bootstrap Methods", 1997, section
3.8): a photograph's five captions succeed and fail together, so photographs are drawn and not queries. Where every
query succeeds, or none, resampling says nothing; there the exact binomial bound for the number of clusters stands
(Clopper & Pearson, Biometrika 26, 1934). Everything is a pure function of its arguments: the draws follow from a seed,
the same for every search over the same clusters, so that differences are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ranks = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]

MISSED = 2**62  # which a float holds too
DRAWS = 1000
TAIL = 0.025
SEED = 19750301
_BLOCK = 100  # draws at a time: their sums over 5,000 queries take 4 MB


class Estimate(NamedTuple):
    """A value and the 95 % interval around it."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        value, low, high = (_shown(one, spec) for one in self)
        return f"{value} ({low}–{high})"

    def as_json(self) -> dict[str, float | None]:
        """A missed rank is null: JSON knows no infinity."""
        return {name: None if one >= MISSED else one for name, one in self._asdict().items()}


@dataclass(frozen=True)
class Curve:
    """Recall at each of ``ks`` (ascending), float64; what is ``low`` and ``high`` never falls, as recall does not."""

    ks: Ranks
    value: Floats
    low: Floats
    high: Floats

    def at(self, k: int) -> Estimate:
        """Recall@``k``; beyond the last K it is what it is there."""
        place = max(0, int(np.searchsorted(self.ks, k, side="right")) - 1)
        return Estimate(float(self.value[place]), float(self.low[place]), float(self.high[place]))


def every_k(most: int, points: int = 100) -> Ranks:
    """K from 1 to ``most``: all up to 100, then at most ``points`` more, spaced by their logarithm."""
    spaced = np.rint(np.geomspace(1, max(1, most), points)).astype(np.int64)
    return np.unique(np.concatenate([np.arange(1, min(most, 100) + 1), spaced]))


def recall(ranks: Ranks, clusters: Ranks, ks: Ranks) -> Curve:
    """The share of queries whose rank is at most K. ``clusters`` (n,) names each query's cluster by any numbers."""
    hits = (np.asarray(ranks)[:, None] <= ks).astype(np.float32)
    value = hits.mean(axis=0, dtype=np.float64)
    low, high = _means(hits, clusters)
    bound = TAIL ** (1 / len(np.unique(clusters)))
    low = np.where(value == 1, np.minimum(low, bound), low)
    high = np.where(value == 0, np.maximum(high, 1 - bound), high)
    return Curve(ks, value, np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1])


def mean(values: Floats, clusters: Ranks) -> Estimate:
    """The mean of one value a query: of angles, or of the differences between two searches for the same queries."""
    low, high = _means(np.asarray(values, np.float64)[:, None], clusters)
    return Estimate(float(np.mean(values)), float(low[0]), float(high[0]))


def median(ranks: Ranks, clusters: Ranks) -> Estimate:
    """The least K at which half of the queries have found theirs."""
    order = np.argsort(ranks, kind="stable")
    ranked, owner = np.asarray(ranks)[order], _numbered(clusters)[order]
    drawn = np.empty(DRAWS, np.int64)
    for start, weights in _weights(int(owner.max()) + 1):
        sums = np.cumsum(weights[:, owner], axis=1, dtype=np.int64)
        drawn[start : start + len(weights)] = ranked[(sums * 2 >= sums[:, -1:]).argmax(axis=1)]
    drawn.sort()
    edge = int(TAIL * len(drawn))
    return Estimate(*(float(one) for one in (ranked[(len(ranked) - 1) // 2], drawn[edge], drawn[-1 - edge])))


def _means(values: Floats, clusters: Ranks) -> tuple[Floats, Floats]:
    """Low and high ends for the means of the columns of ``values``, (n, m)."""
    owner = _numbered(clusters)
    order = np.argsort(owner, kind="stable")
    sizes = np.bincount(owner)
    sums = np.add.reduceat(values[order], np.cumsum(sizes) - sizes, axis=0)
    means = np.empty((DRAWS, values.shape[1]))
    for start, weights in _weights(len(sizes)):
        drawn = weights.astype(values.dtype)
        means[start : start + len(weights)] = (drawn @ sums) / (drawn @ sizes)[:, None]
    low, high = np.quantile(means, (TAIL, 1 - TAIL), axis=0)
    return low, high


def _numbered(clusters: Ranks) -> Ranks:
    return np.unique(clusters, return_inverse=True)[1]


@lru_cache(maxsize=2)
def _weights(clusters: int) -> Sequence[tuple[int, npt.NDArray[np.int16]]]:
    """How often each cluster is drawn: (number of the first draw, draws × clusters)."""
    chance = np.random.default_rng(SEED)
    even = np.full(clusters, 1 / clusters)
    return [(start, chance.multinomial(clusters, even, _BLOCK).astype(np.int16)) for start in range(0, DRAWS, _BLOCK)]


def _shown(value: float, spec: str) -> str:
    return "∞" if value >= MISSED else format(value, spec)
