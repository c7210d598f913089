"""The mean by which a collection is centred, frozen with each index, and exact scores against it.

The score of row v for a query direction q of unit length is q · (v − μ) / ‖v − μ‖: a cosine in the centred space.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.scan import dots

SMALLEST = 1e-3  # of ‖v − μ‖: a row nearer to the mean than its own rounding has no direction, and scores 0


class Centre:
    """``mean`` is float32 (dim,)."""

    def __init__(self, mean: Floats) -> None:
        self.mean = np.ascontiguousarray(mean, np.float32)

    @classmethod
    def of(cls, blocks: Iterable[Floats], dim: int) -> Centre:
        """The mean of the rows of all ``blocks`` (n, dim); of none, zero."""
        total, count = np.zeros(dim, np.float64), 0
        for block in blocks:
            total += block.sum(axis=0, dtype=np.float32)
            count += len(block)
        return cls((total / max(1, count)).astype(np.float32))

    def factors(self, rows: npt.NDArray[Any]) -> Floats:
        """1 / ‖v − μ‖ of stored rows (n, dim): float32 (n,), by one scan. Rows without a direction get 0."""
        length = np.empty(len(rows), np.float32)
        dots(rows, self.mean.astype(rows.dtype), length, "sqeuclidean")
        np.sqrt(length, out=length)
        factors: Floats = np.where(length > SMALLEST, 1 / np.maximum(length, SMALLEST), np.float32(0))
        return factors

    def directions(self, rows: Floats) -> Floats:
        """Rows (n, dim) centred and normalized: float32 (n, dim). Rows without a direction become zeros."""
        centred: Floats = rows - self.mean
        length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
        centred *= np.where(length > SMALLEST, 1 / np.maximum(length, SMALLEST), np.float32(0))[:, None]
        return centred

    def scores(self, corpus: Corpus, numbers: Rows, query: Floats) -> Floats:
        """Exact scores of rows by number: float32 (n,)."""
        scores: Floats = self.directions(corpus.take(numbers)) @ query
        return scores
