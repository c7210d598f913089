"""Orthogonal Procrustes: the rotation that brings one set of points nearest to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aptl3.alignment.alignment import Alignment, unit_rows
from aptl3.errors import BadArgument


def fit(x: npt.ArrayLike, y: npt.ArrayLike) -> Alignment:
    """Fits an orthogonal map from the centred directions of ``x`` to those of ``y``.

    With X and Y the rows minus their means, normalized, minimizes ‖XR − Y‖ over the matrices R (dx, dy) that keep as
    many directions orthonormal as both spaces have: R = UVᵀ from the singular value decomposition UΣVᵀ of XᵀY.
    P. Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31 (1966). Computed in
    float64. Angles are kept, so nothing can be fitted too closely: there is no setting to choose.

    Args:
        x, y: n pairs, (n, dx) and (n, dy); n of at least 2, finite.

    Raises:
        BadArgument: the shapes do not match, or a value is not finite.
    """
    from scipy.linalg import svd

    left, right = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if left.ndim != 2 or right.ndim != 2 or len(left) != len(right) or len(left) < 2:
        raise BadArgument(f"An alignment needs two or more pairs of rows, not {left.shape} and {right.shape}.")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise BadArgument("An alignment cannot be fitted to vectors that are not finite.")
    mean_x, mean_y = left.mean(axis=0), right.mean(axis=0)
    u, _, vt = svd(unit_rows(left - mean_x).T @ unit_rows(right - mean_y), full_matrices=False)
    return Alignment((u @ vt).astype(np.float32), mean_x.astype(np.float32), mean_y.astype(np.float32))
