"""The exact scan: dot products of one query with memory-mapped rows, and the best of many scores.

simsimd's kernels read float16, float32 and int8 as they are stored and let go of the GIL, so a few threads reach the
memory's bandwidth: over 118,273 × 384 float16 the scan takes 3 ms on two cores where numpy, which has no kernels for
float16, takes 175 ms.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import simsimd

from aptl3.storage.index.corpus import Floats, Rows

SLICE_BYTES = 1 << 21  # less than this for each thread is done sooner than it is handed over
MOST_THREADS = 8  # a few cores saturate the memory
GROUP = 64

Metric = Literal["dot", "sqeuclidean"]


def dots(rows: npt.NDArray[Any], query: npt.NDArray[Any], out: Floats, metric: Metric = "dot") -> None:
    """Writes ``rows · query`` into ``out``: rows (n, dim) and query (dim,) of one dtype, out float32 (n,) contiguous.

    ``metric`` may be "sqeuclidean" for squared distances. float16 is summed in float32, int8 in int32; what the
    rounding of the query costs is made up for by re-ranking.
    """
    query = np.ascontiguousarray(query)[None]
    if not len(rows):  # simsimd refuses it
        return
    threads = min(_threads(), 1 + rows.nbytes // SLICE_BYTES)
    edges = [len(rows) * part // threads for part in range(threads + 1)]

    def work(start: int, stop: int) -> None:
        # Not with simsimd's own ``out``: it then returns None without a reference (6.5), which kills Python < 3.12.
        out[start:stop] = np.asarray(simsimd.cdist(query, rows[start:stop], metric, out_dtype="f32"))[0]

    others = [_pool().submit(work, *edge) for edge in itertools.pairwise(edges[1:])]
    work(edges[0], edges[1])
    for other in others:
        other.result()


def dots_within(rows: npt.NDArray[Any], query: npt.NDArray[Any], starts: Rows, ends: Rows) -> Floats:
    """``rows · query`` of the rows from each of ``starts`` to the same of ``ends``, int64 (n,), one range behind the
    other: float32. Dtypes as those of ``dots``."""
    query = np.ascontiguousarray(query)[None]
    after = np.cumsum(ends - starts)
    scores = np.empty(int(after[-1]), np.float32)
    ranges = list(zip(starts.tolist(), ends.tolist(), after.tolist(), strict=True))
    threads = min(_threads(), 1 + scores.size * rows[:1].nbytes // SLICE_BYTES)
    edges = [0, *np.searchsorted(after, scores.size * np.arange(1, threads) // threads).tolist(), len(ranges)]

    def work(first: int, last: int) -> None:
        for start, end, to in ranges[first:last]:
            if start < end:
                found = np.asarray(simsimd.cdist(query, rows[start:end], "dot", out_dtype="f32"))
                scores[to - (end - start) : to] = found[0]

    others = [_pool().submit(work, *edge) for edge in itertools.pairwise(edges[1:])]
    work(edges[0], edges[1])
    for other in others:
        other.result()
    return scores


def best(scores: Floats, count: int) -> Rows:
    """Positions of the ``count`` highest scores, in no order.

    The best ``count`` lie within the ``count`` groups that have the highest maxima, so only those are partitioned:
    0.2 ms over 118,273 scores, a sixth of a partition of them all.
    """
    if count >= len(scores):
        return np.arange(len(scores))
    whole = len(scores) // GROUP
    if count * 2 > whole:
        return np.argpartition(scores, len(scores) - count)[-count:]
    tops = scores[: whole * GROUP].reshape(whole, GROUP).max(axis=1)
    groups = np.argpartition(tops, whole - count)[-count:]
    inside = (groups[:, None] * GROUP + np.arange(GROUP)).ravel()
    candidates = np.concatenate([inside, np.arange(whole * GROUP, len(scores))])
    return candidates[np.argpartition(scores[candidates], len(candidates) - count)[-count:]]


@lru_cache(maxsize=1)
def _threads() -> int:
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        cores = os.cpu_count() or 1
    return min(MOST_THREADS, cores)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _threads() - 1), thread_name_prefix="scan")
