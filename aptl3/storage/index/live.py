"""A model's vectors, ready to be asked: the index, an exact scan of what came after it, exact scores for both.

Guarantees: every committed row can be found, whatever index there is or is not. An index that is missing, damaged, of
other rows, or of a kind that is not installed is no error: the exact scan answers instead and ``problem`` says why.
So it does from the query on that finds damage which opening did not see: rows that are none, or the same row twice.
Opening reads little; rows are read as queries need them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.records.index import IndexRecord
from aptl3.storage.index import files
from aptl3.storage.index.base import Index, KindUnavailable, kind
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows, Stored, divide
from aptl3.storage.index.flat import FlatIndex

CANDIDATES = 4  # times as many are re-ranked as are asked for, and 32 more
SPARE = (
    500  # … but no more than that many more: rounding swaps near neighbours only, and of 1000 it takes 20 ms, not 60
)
MORE = 4  # times as many at least are asked for when too few of them may be shown
MARGIN = 1.25  # times as many as would do, if as large a share of the others may be shown
SAMPLE = 4096  # rows that decide the mean of a library without an index: it is taken anew with every commit


class Ranked(NamedTuple):
    """The best rows, best first: segment ids, rows in them (int64), exact scores (float32)."""

    segments: Rows
    rows: Rows
    scores: Floats

    def only(self, chosen: npt.NDArray[Any]) -> Ranked:
        """Those at some positions, or where a mask is true."""
        return Ranked(self.segments[chosen], self.rows[chosen], self.scores[chosen])


Alive = Callable[[Ranked], npt.NDArray[np.bool_]]


class LiveIndex:
    """``index`` over ``covered``, and the rest of the rows, the tail."""

    def __init__(self, index: Index, covered: Corpus, tail: Corpus, centre: Centre, problem: str | None = None) -> None:
        self.index = index
        self.centre = centre
        self.problem = problem
        self._covered = covered
        self._tail = tail
        self._late = FlatIndex(tail, centre)

    def __len__(self) -> int:
        return len(self._covered) + len(self._tail)

    def search(self, query: Floats, count: int, alive: Alive | None = None) -> Ranked:
        """The best ``count`` rows for a unit direction in the centred space, float32 (dim,).

        ``alive`` says which rows may be shown; more are looked at as long as it leaves too few.
        """
        asked = count
        while True:
            ranked = self._ranked(query, asked)
            if alive is not None:
                ranked = ranked.only(alive(ranked))
            if len(ranked.rows) >= count or asked >= len(self):
                return ranked.only(np.arange(min(count, len(ranked.rows))))
            asked = max(MORE * asked, int(MARGIN * asked * count / max(1, len(ranked.rows))))

    def sample(self, most: int) -> Floats:
        """Centred unit directions of at most about ``most`` rows, evenly spread over all: float32 (n, dim)."""
        share = min(1.0, most / max(1, len(self)))
        parts = [corpus.spread(math.ceil(share * len(corpus))) for corpus in (self._covered, self._tail) if len(corpus)]
        return self.centre.directions(np.concatenate(parts)) if parts else np.empty((0, self._tail.dim), np.float32)

    def _ranked(self, query: Floats, count: int) -> Ranked:
        wanted = min(CANDIDATES * count, count + SPARE) + 32
        found = []
        for candidates, corpus in ((self._proposed, self._covered), (self._late.search, self._tail)):
            if len(corpus):
                numbers = np.sort(candidates(query, min(wanted, len(corpus))))
                found.append((*corpus.places(numbers), self.centre.scores(corpus, numbers, query)))
        if not found:
            nothing = np.empty(0, np.int64)
            return Ranked(nothing, nothing, np.empty(0, np.float32))
        segments, rows, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.lexsort((rows, segments, -scores))[:count]  # equal scores keep one order
        return Ranked(segments, rows, scores).only(order)

    def _proposed(self, query: Floats, count: int) -> Rows:
        numbers = np.sort(self.index.search(query, count))
        there = len(numbers) == 0 or 0 <= numbers[0] <= numbers[-1] < len(self._covered)
        if not there or (numbers[1:] == numbers[:-1]).any():
            self.problem = f"the {self.index.kind} index is damaged: it proposes rows that are not there, or one twice"
            self.index = FlatIndex(self._covered, self.centre)
            return self.index.search(query, count)
        return numbers


def open_live(dim: int, segments: Sequence[tuple[int, Stored]], record: IndexRecord | None, folder: Path) -> LiveIndex:
    """Opens the index that ``record`` names, whose files lie in ``folder``, over the committed rows of ``segments``.

    Raises nothing for what is wrong with the index; see ``problem``.
    """
    if record is None:
        return _exact(dim, segments, None, None)
    parts = divide(dim, segments, record.segments)
    if parts is None:
        return _exact(dim, segments, None, "the index is of vectors that are gone")
    wrong = files.problem(folder, record.files)
    if wrong is not None:
        return _exact(dim, segments, None, wrong)
    centre = None
    try:
        mean, *paths = (folder / name for name in record.files[:-1])
        centre = Centre(np.fromfile(mean, "<f4"))
        chosen = kind(record.kind)
        index = chosen.open(parts[0], centre, paths, int(record.settings.get(chosen.unit, 0)))
    except (KindUnavailable, OSError, ValueError) as error:
        return _exact(dim, segments, centre, str(error))
    return LiveIndex(index, *parts, centre)


def _exact(dim: int, segments: Sequence[tuple[int, Stored]], centre: Centre | None, problem: str | None) -> LiveIndex:
    corpus = Corpus.whole(dim, segments)
    if centre is None:
        centre = Centre.of([corpus.spread(SAMPLE)], dim)
    return LiveIndex(FlatIndex(corpus, centre), corpus, Corpus(dim, []), centre, problem)
