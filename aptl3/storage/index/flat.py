"""The exact scan in half precision as an index: it reads every stored row, and needs no file but the frozen mean.

It is what answers when nothing else is there, so it can also be made in memory over any corpus: the tail, a library
without an index, one whose index is damaged. The factors 1 / ‖v − μ‖ cost one scan when it is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.scan import best, dots


class FlatIndex:
    """Scans ``corpus`` as it is stored, centred by ``centre``."""

    kind: ClassVar[str] = "flat"
    unit: ClassVar[str] = ""

    def __init__(self, corpus: Corpus, centre: Centre) -> None:
        self.effort = 0
        self._corpus = corpus
        self._centre = centre
        self._factors = np.empty(len(corpus), np.float32)
        for start, rows in corpus.arrays():
            self._factors[start : start + len(rows)] = centre.factors(rows)

    @classmethod
    def build(cls, corpus: Corpus, centre: Centre, stem: Path, threads: int) -> tuple[Path, ...]:
        return ()

    @classmethod
    def open(cls, corpus: Corpus, centre: Centre, files: Sequence[Path], effort: int) -> FlatIndex:
        return cls(corpus, centre)

    @classmethod
    def bytes_needed(cls, rows: int, dim: int) -> tuple[int, int]:
        return 0, 4 * rows

    def search(self, query: Floats, count: int) -> Rows:
        scores = np.empty(len(self._corpus), np.float32)
        for start, rows in self._corpus.arrays():
            stored = query.astype(rows.dtype)
            part = scores[start : start + len(rows)]
            dots(rows, stored, part)
            part -= np.float32(stored.astype(np.float32) @ self._centre.mean)
        scores *= self._factors
        return best(scores, count)

    def efforts(self) -> Sequence[int]:
        return ()
