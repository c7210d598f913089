"""Weighted unit vectors become one direction. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aptl3.errors import BadArgument

Floats = npt.NDArray[np.float32]

SMALLEST = 1e-3  # of a sum of unit vectors: what is shorter is rounding, not a direction


def combine(vectors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """The direction, float32 (dim,) of unit length, of the weighted sum of unit ``vectors`` (dim,).

    With it a row's score is the weighted mean of its scores for each term, up to a factor: one scan answers them all.
    Of zeros only, zeros: a library's only item has no direction from its own mean. Raises BadArgument when the terms
    cancel each other out.
    """
    largest = max(abs(weight) for weight in weights)
    total = sum((vector * (weight / largest) for vector, weight in zip(vectors, weights, strict=True)), start=0.0)
    length = float(np.linalg.norm(total))
    if length < SMALLEST:
        if not np.any(vectors):
            return np.zeros_like(vectors[0], np.float32)
        raise BadArgument("The parts of the query cancel each other out: leave one of them away or change its weight.")
    return np.asarray(total / length, np.float32)
