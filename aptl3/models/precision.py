"""Whether a lower precision may be used: while its vectors stay those of float32, and it is worth it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MEAN, WORST = 0.999, 0.99  # cosine to float32, on average and of the worst picture
WORTH = 1.2  # times as fast as float32; processors that only imitate a precision are slower with it


class Verdict(NamedTuple):
    """What a comparison with float32 gave."""

    mean: float
    worst: float
    speedup: float

    @property
    def accepted(self) -> bool:
        return self.mean >= MEAN and self.worst >= WORST and self.speedup >= WORTH


def cosines(reference: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Mean and least cosine between matching rows, both float (n, dim) and L2-normalized. NaN counts as −1."""
    same = np.nan_to_num(np.einsum("nd,nd->n", reference, rows, dtype=np.float64), nan=-1.0)
    return float(same.mean()), float(same.min())
