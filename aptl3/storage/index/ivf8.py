"""A scan of one byte a value, over a part of the rows: the lists that promise most for the query.

The rows lie in lists around centres that k-means has found (an inverted file: H. Jégou et al., "Product quantization
for nearest neighbor search", 2011), each list in one piece, rounded as those of ``flat8`` are. ``effort`` is the number
of lists that a query reads at least; one for many rows reads on, until its lists hold ``ENOUGH`` times as many as it
asks for. With all of them it is ``flat8``, so any recall can be had by reading more, and it never costs more than a
scan; and a cold disk gives its first answer after some megabytes.

What a list promises is the score of its mean, and ``REACH`` times its radius: the best rows of a wide list lie further
out. The directions of words come from outside of all lists, and go by that: of a million rows as photographs give them
half as many must be read for them as by the means' directions alone (3 % instead of 6 % for 0.98 of the best ten).

Files: ``.i8``, int8 rows × dim, list by list; ``.rows``, uint32, which row of the corpus each of them is; ``.lists``,
for each list int64, where it ends, and float16 dim + 1, its mean and its radius.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from aptl3.storage import mapped
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.clusters import Means, cluster, nearest
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.flat8 import rounded, step_for, step_of
from aptl3.storage.index.scan import best, dots, dots_within

LISTS = 2.0  # times √rows: as much to find the lists as to read a few of them
LEAST_A_LIST = 32  # rows to train with for each list
TRAIN_BYTES = 1 << 28  # float32 rows to train with, all together
REACH = 0.2  # of 0.1 to 0.3 it hardly matters which; where only rows like their own lists' are asked for, none would do
ENOUGH = 24  # rows read for each that is asked for: 0.93 of the best 1000 of 100,000 in 400 clusters, where 8 give 0.73
CANDIDATES = 128  # that are re-ranked at least: rounding swaps neighbours


class Ivf8Index:
    """``codes`` int8 rows × dim and ``numbers`` uint32 (rows,) are memory-mapped, list by list; ``ends`` int64 (lists,)
    and ``lists`` float16 lists × (dim + 1) are held."""

    kind: ClassVar[str] = "ivf8"
    unit: ClassVar[str] = "lists"

    def __init__(
        self,
        codes: npt.NDArray[np.int8],
        numbers: npt.NDArray[np.uint32],
        ends: Rows,
        lists: npt.NDArray[np.float16],
        effort: int,
    ) -> None:
        self.effort = effort
        self._codes = codes
        self._numbers = numbers
        self._starts, self._ends = np.concatenate([[0], ends[:-1]]), ends
        self._sizes = self._ends - self._starts
        self._lists = lists

    @classmethod
    def build(cls, corpus: Corpus, centre: Centre, stem: Path, threads: int) -> tuple[Path, ...]:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(threads, "blas"):
            sample = centre.directions(corpus.spread(TRAIN_BYTES // (4 * corpus.dim)))
            middles = cluster(sample, number_of_lists(len(corpus), corpus.dim))
            del sample
            means, owners = Means(*middles.shape), []
            for _, block in corpus.blocks():
                rows = centre.directions(block)
                owners.append(nearest(rows, middles))
                means.add(rows, owners[-1])
        owner = np.concatenate(owners)
        codes, numbers, lists = (stem.with_suffix(suffix) for suffix in (".i8", ".rows", ".lists"))
        order = np.argsort(owner, kind="stable")
        order.astype("<u4").tofile(numbers)
        _write(codes, corpus, centre, np.argsort(order))
        with open(lists, "wb") as file:
            file.write(np.cumsum(means.sizes).astype("<i8").tobytes())
            file.write(np.column_stack([means.means, means.radii]).astype("<f2").tobytes())
        return codes, numbers, lists

    @classmethod
    def open(cls, corpus: Corpus, centre: Centre, files: Sequence[Path], effort: int) -> Ivf8Index:
        codes = mapped.read_only(files[0], np.int8, (len(corpus), corpus.dim))
        numbers = mapped.read_only(files[1], "<u4", (len(corpus),))
        data = files[2].read_bytes()
        width = 2 * (corpus.dim + 1)
        count = len(data) // (8 + width)
        ends = np.frombuffer(data, "<i8", count)
        lists = np.frombuffer(data, "<f2", offset=8 * count).reshape(count, corpus.dim + 1)
        rows = int(ends[-1]) if count else 0
        if rows != len(corpus):
            raise ValueError(f"{files[2].name} is of {rows} rows, not {len(corpus)}")
        if (np.diff(ends, prepend=0) < 0).any() or not np.isfinite(lists).all():
            raise ValueError(f"the index file {files[2].name} is damaged")
        return cls(codes, numbers, ends, lists, effort)

    @classmethod
    def bytes_needed(cls, rows: int, dim: int) -> tuple[int, int]:
        lists = number_of_lists(rows, dim)
        return rows * (dim + 4) + lists * (2 * dim + 10), 2 * TRAIN_BYTES + 24 * rows

    def search(self, query: Floats, count: int) -> Rows:
        promised = np.empty(len(self._lists), np.float32)
        dots(self._lists, np.append(query, np.float32(REACH)).astype("<f2"), promised)
        chosen = np.sort(self._promising(promised, ENOUGH * count))
        starts, ends = self._starts[chosen], self._ends[chosen]
        mapped.ask_for(self._codes, starts, ends)
        scores = dots_within(self._codes, rounded(query, step_of(query)), starts, ends)
        positions = best(scores, max(count, CANDIDATES))
        after = np.cumsum(ends - starts)
        within = np.searchsorted(after, positions, side="right")
        found: Rows = self._numbers[positions - after[within] + ends[within]].astype(np.int64)
        return found

    def _promising(self, promised: Floats, rows: int) -> Rows:
        """The lists that promise most: as many as the effort says, and as hold so many rows."""
        chosen = best(promised, max(1, self.effort))
        if self._sizes[chosen].sum() < rows:
            order = np.argsort(-promised)
            chosen = order[: 1 + np.searchsorted(np.cumsum(self._sizes[order]), rows)]
        return chosen

    def efforts(self) -> Sequence[int]:
        most = len(self._lists)
        efforts = [1]
        while efforts[-1] < most:
            efforts.append(min(most, efforts[-1] + max(1, efforts[-1] // 2)))
        return efforts


def number_of_lists(rows: int, dim: int) -> int:
    """As far as there are rows, and memory for them, to train with."""
    trainable = min(rows, TRAIN_BYTES // (4 * dim))
    return max(1, min(int(LISTS * rows**0.5), trainable // LEAST_A_LIST))


def _write(path: Path, corpus: Corpus, centre: Centre, places: Rows) -> None:
    """Writes each row to its place. They are read in order, so that vectors that lie on a disk are read once."""
    step = step_for(corpus, centre)
    codes = np.memmap(path, np.int8, "w+", shape=(len(corpus), corpus.dim))
    for start, block in corpus.blocks():
        codes[places[start : start + len(block)]] = rounded(centre.directions(block), step)
    codes.flush()
