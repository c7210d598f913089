"""Ranks through a forest of Annoy's trees, built for the measurement and gone with it.

A query goes the way that it goes in a search: the forest proposes, exact scores decide (``LiveIndex``). ``ANSWERS`` are
asked for at once; what is not among them is missed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.metrics import MISSED, Ranks
from aptl3.fitting.evaluation.ranking import Floats, Tick, Truth
from aptl3.storage.index.annoy import AnnoyIndex
from aptl3.storage.index.corpus import Corpus
from aptl3.storage.index.live import LiveIndex, Ranked

ANSWERS = 100


@contextlib.contextmanager
def forest(collection: Collection, trees: int, folder: Path, threads: int) -> Iterator[AnnoyIndex]:
    """``trees`` over ``collection``, in a file in ``folder`` that goes with the block."""
    parts = collection.corpus, collection.centre
    paths = AnnoyIndex.build(*parts, folder / f"{trees} trees", threads, trees)
    index = AnnoyIndex.open(*parts, paths, 0)
    try:
        yield index
    finally:
        index.close()  # Windows removes no file that is mapped
        for path in paths:
            path.unlink()


def ranks_through(
    index: AnnoyIndex, collection: Collection, queries: Floats, truth: Truth, tick: Tick = lambda _: None
) -> tuple[Ranks, npt.NDArray[np.float64]]:
    """The rank of each query's best counted answer among the first ``ANSWERS``, ``MISSED`` where it is not among them;
    and the milliseconds that each query took."""
    live = LiveIndex(index, collection.corpus, Corpus(collection.corpus.dim, []), collection.centre)

    def alive(found: Ranked) -> npt.NDArray[np.bool_]:
        shown: npt.NDArray[np.bool_] = collection.alive[collection.corpus.numbers(found.segments, found.rows)]
        return shown

    order = np.argsort(truth.queries, kind="stable")
    edges = np.searchsorted(truth.queries[order], np.arange(len(queries) + 1))
    ranks, took = np.empty(len(queries), np.int64), np.empty(len(queries))
    for at, query in enumerate(queries):
        began = time.perf_counter()
        found = live.search(query, ANSWERS, alive)
        took[at] = 1000 * (time.perf_counter() - began)
        own = order[edges[at] : edges[at + 1]]
        numbers = collection.corpus.numbers(found.segments, found.rows)
        ranks[at] = _rank(numbers, truth.rows[own], truth.rows[own][truth.counted[own]])
        if at % 64 == 0:
            tick(at / len(queries))
    return ranks, took


def _rank(found: npt.NDArray[np.int64], right: npt.NDArray[np.int64], counted: npt.NDArray[np.int64]) -> int:
    """The place of the first that is ``counted``, when those that are ``right`` without being so are left out."""
    left = found[np.isin(found, counted) | ~np.isin(found, right)]
    places = np.flatnonzero(np.isin(left, counted))
    return int(places[0]) + 1 if len(places) else MISSED
