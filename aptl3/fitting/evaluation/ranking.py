"""Exact ranks: where the right answers of many queries stand among all rows of a collection.

Nothing is sorted: a rank is one more than the number of other rows that score as high, which blocks of rows are counted
for one after another, so that memory is bounded by a block however large the collection is. 5,000 queries of 1280
values against 100,000 rows are 1.3·10¹² floating-point operations, which matrix products do in some 10 s on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.fitting.evaluation.metrics import Ranks

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Tick = Callable[[float], None]  # is told the share that is done, 0 to 1

TIE = np.float32(1e-6)  # scores that differ by less differ by rounding: the other row counts as if it were higher
QUERIES = 1024  # at a time: their scores against a block of 8,192 rows take 32 MB


class Truth(NamedTuple):
    """Pairs of a query's number and the number of a row that answers it, each int64 (m,). A pair that is not
    ``counted`` is right too but was seen in training: that row is no answer and no rival."""

    queries: Rows
    rows: Rows
    counted: npt.NDArray[np.bool_]


def true_scores(queries: Floats, truth: Truth, directions: Callable[[Rows], Floats], size: int = 8192) -> Floats:
    """The score of each pair of ``truth``: float32 (m,). ``directions`` gives unit rows by number."""
    scores = np.empty(len(truth.rows), np.float32)
    for start in range(0, len(scores), size):
        part = slice(start, start + size)
        scores[part] = np.einsum("ij,ij->i", queries[truth.queries[part]], directions(truth.rows[part]))
    return scores


def exact_ranks(
    queries: Floats,
    blocks: Iterable[tuple[int, Floats]],
    truth: Truth,
    scores: Floats,
    alive: npt.NDArray[np.bool_],
    tick: Tick = lambda _: None,
) -> Ranks:
    """The rank, from 1, of each query's best counted answer: int64 (n,).

    Args:
        queries: unit directions, float32 (n, dim); each has a counted pair in ``truth``.
        blocks: (number of the first row, unit rows float32) over all rows.
        scores: those of ``truth``'s pairs, from ``true_scores``.
        alive: of each row, whether it can be found.

    Rows that score the same count as higher: what says the same of everything ranks last, not first.
    """
    best = np.full(len(queries), -np.inf, np.float32)
    np.maximum.at(best, truth.queries[truth.counted], scores[truth.counted])
    least = (best - TIE)[:, None]
    order = np.argsort(truth.rows, kind="stable")
    rows, owners = truth.rows[order], truth.queries[order]
    above = np.zeros(len(queries), np.int64)
    for start, block in blocks:
        stop = start + len(block)
        mine = slice(*np.searchsorted(rows, (start, stop)))
        dead = np.flatnonzero(~alive[start:stop])
        for first in range(0, len(queries), QUERIES):
            here = slice(first, first + QUERIES)
            reached = queries[here] @ block.T >= least[here]
            reached[:, dead] = False
            own = (owners[mine] >= first) & (owners[mine] < first + QUERIES)
            reached[owners[mine][own] - first, rows[mine][own] - start] = False
            above[here] += np.count_nonzero(reached, axis=1)
        tick(stop / len(alive))
    return above + 1


def pair_angles(scores: Floats, truth: Truth, queries: int) -> npt.NDArray[np.float64]:
    """Degrees between each query and its counted answers, the mean of them: (queries,)."""
    degrees = np.degrees(np.arccos(np.clip(scores[truth.counted].astype(np.float64), -1, 1)))
    owners = truth.queries[truth.counted]
    return np.bincount(owners, degrees, queries) / np.bincount(owners, minlength=queries)
