"""Several vector spaces turned into one common space, so that each can be asked with vectors of any other.

Guarantees: maps between any two of its models, in both directions; arrays in, arrays out; what it holds never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.rows import Floats, unit_rows
from aptl3.errors import BadArgument

_BLOCK = 8192  # rows mapped at once


class Side(NamedTuple):
    """How one model's space lies in the common one. ``mean``, float32 (d,), is taken off its vectors first; ``matrix``,
    float32 (d, D), then turns their directions; None stands for the identity, which saves D × D values."""

    mean: Floats
    matrix: Floats | None


@dataclass(frozen=True)
class Joint:
    """``sides``: model → how it lies in the common space. ``distance``: 1 − the mean cosine of the rows that mean the
    same, 0 (they fall together) to 1 (they have nothing in common). ``samples``: rows it was fitted to; ``iterations``:
    rounds that this took. ``landmarks``: what several of its models know, that queries are also led by."""

    sides: Mapping[str, Side]
    distance: float
    iterations: int
    samples: int
    landmarks: Landmarks | None = None

    def map(self, vectors: npt.ArrayLike, source: str, target: str) -> Floats:
        """Vectors of ``source``, (n, d_source) → float32 (n, d_target), unit rows in the centred space of ``target``.

        They are to be compared with vectors of the target that are centred by the mean of the collection that is
        searched, which suits it better than the mean of the pairs. A row that has no direction after centring stays
        zero. Raises BadArgument for a model that is none of its own.
        """
        return self.turn(self.directions(vectors, source), source, target)

    def directions(self, vectors: npt.ArrayLike, source: str) -> Floats:
        """Vectors of ``source`` centred by its side's mean, of unit length: float32 (n, d_source)."""
        return unit_rows(np.asarray(vectors, np.float32) - self._side(source).mean)

    def turn(self, directions: npt.ArrayLike, source: str, target: str) -> Floats:
        """As ``map``, for what is centred already: what ``map`` gave can be turned back, or on to another model."""
        near, far = self._side(source).matrix, self._side(target).matrix
        rows = np.asarray(directions, np.float32)
        if source == target:
            return unit_rows(rows)
        if len(rows) > _BLOCK:
            parts = [self.turn(rows[start : start + _BLOCK], source, target) for start in range(0, len(rows), _BLOCK)]
            return np.concatenate(parts)
        turned = rows if near is None else rows @ near
        turned = unit_rows(turned if far is None else turned @ far.T)
        led = None if self.landmarks is None else self.landmarks.lead(rows, source, target)
        return turned if led is None else unit_rows(turned + led)

    def _side(self, model: str) -> Side:
        if model not in self.sides:
            raise BadArgument(f"This alignment knows {', '.join(self.sides)}, not {model}: fit one that covers it.")
        return self.sides[model]
