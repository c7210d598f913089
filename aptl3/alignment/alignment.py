"""A linear map from one vector space to another, between the centred directions of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Alignment:
    """``matrix`` float32 (dx, dy); ``mean_x`` float32 (dx,) and ``mean_y`` float32 (dy,), the means of the pairs that
    it was fitted to. What is mapped is compared with vectors of y that are centred, by ``mean_y`` or by a mean that
    suits them better (that of the collection that is searched)."""

    matrix: Floats
    mean_x: Floats
    mean_y: Floats

    def map(self, queries: npt.ArrayLike) -> Floats:
        """(n, dx) of the first space → float32 (n, dy), unit rows in the centred second space.

        Centres by ``mean_x``, normalizes, maps, normalizes. A row that has no direction after centring stays zero.
        """
        centred = unit_rows(np.asarray(queries, np.float32) - self.mean_x)
        return unit_rows(centred @ self.matrix).astype(np.float32, copy=False)


def unit_rows(rows: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Each row (the last axis) divided by its length; rows of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    result: npt.NDArray[np.floating] = rows / np.where(lengths > 0, lengths, 1)
    return result
