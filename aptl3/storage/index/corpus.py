"""The rows of one model, over all its segments, numbered as one sequence.

Guarantees: numbers follow the order of the segments and of the rows in them, so the numbers of the rows that an index
covers stay what they are while segments are appended. Nothing is copied but what is asked for; rows stay memory-mapped
in their stored dtype.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aptl3.storage import mapped

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Stored = npt.NDArray[Any]  # float16 or float32, rows × dim

BLOCK = 2048  # rows turned into float32 at a time: 10 MB at 1280 values stay in a cache


class Corpus:
    """``parts`` are (segment id, which of its rows is the first here, rows × dim), by ascending id."""

    def __init__(self, dim: int, parts: Sequence[tuple[int, int, Stored]]) -> None:
        self.dim = dim
        self.parts = [(segment, first, rows.view(np.ndarray)) for segment, first, rows in parts if len(rows)]
        self._ids = np.array([segment for segment, _, _ in self.parts], np.int64)
        self._ends = np.cumsum([len(rows) for _, _, rows in self.parts], dtype=np.int64)

        firsts = np.array([first for _, first, _ in self.parts], np.int64)
        self._shift = np.concatenate([[0], self._ends[:-1]]) - firsts if self.parts else firsts

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @classmethod
    def whole(cls, dim: int, segments: Sequence[tuple[int, Stored]]) -> Corpus:
        """All rows of ``segments``, which are (segment id, rows × dim)."""
        return cls(dim, [(segment, 0, rows) for segment, rows in segments])

    def arrays(self) -> Iterator[tuple[int, Stored]]:
        """(number of the first row, rows × dim) of each part."""
        start = 0
        for _, _, rows in self.parts:
            yield start, rows
            start += len(rows)

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, Floats]]:
        """(number of the first row, float32 rows × dim) of at most ``size`` rows, over all rows in order."""
        for start, rows in self.arrays():
            for at in range(0, len(rows), size):
                yield start + at, np.asarray(rows[at : at + size], np.float32)

    def take(self, numbers: Rows) -> Floats:
        """Rows by number, float32 n × dim, in the order asked for."""
        out = np.empty((len(numbers), self.dim), np.float32)
        owner = np.searchsorted(self._ends, numbers, side="right")
        for part, (start, rows) in enumerate(self.arrays()):
            mine = owner == part
            if mine.any():
                wanted = numbers[mine] - start
                mapped.ask_for(rows, wanted)
                out[mine] = rows[wanted]
        return out

    def spread(self, most: int) -> Floats:
        """At most ``most`` rows, evenly spread over all: float32 n × dim."""
        return self.take(np.linspace(0, len(self) - 1, min(most, len(self))).astype(np.int64))

    def places(self, numbers: Rows) -> tuple[Rows, Rows]:
        """Where rows lie: their segments' ids and their rows in them."""
        owner = np.searchsorted(self._ends, numbers, side="right")
        return self._ids[owner], numbers - self._shift[owner]

    def has(self, segments: Rows, rows: Rows) -> bool:
        """Whether all of these rows are here."""
        ends = {segment: first + len(array) for segment, first, array in self.parts}
        return all(int(rows[segments == one].max()) < ends.get(int(one), 0) for one in np.unique(segments))

    def numbers(self, segments: Rows, rows: Rows) -> Rows:
        """The numbers of rows by place, which must be here: the opposite of ``places``."""
        numbers: Rows = rows + self._shift[np.searchsorted(self._ids, segments)]
        return numbers


def divide(
    dim: int, segments: Sequence[tuple[int, Stored]], covered: Mapping[int, int]
) -> tuple[Corpus, Corpus] | None:
    """What an index covers ({segment id: rows}) and the tail that came later.

    None when covered rows are not there (any more), as after a compaction: such an index says nothing of this library.
    """
    known = {segment: len(rows) for segment, rows in segments}
    if any(known.get(segment, 0) < rows for segment, rows in covered.items()):
        return None
    head, tail = [], []
    for segment, rows in sorted(segments, key=lambda pair: pair[0]):
        cut = covered.get(segment, 0)
        head.append((segment, 0, rows[:cut]))
        tail.append((segment, cut, rows[cut:]))
    return Corpus(dim, head), Corpus(dim, tail)
