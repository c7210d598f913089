"""Orthogonal Procrustes: the rotation that brings one set of directions nearest to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def rotation(cross: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The matrix R, float64 (d, D), that minimizes ‖XR − Y‖ for ``cross`` = XᵀY, over those that keep as many
    directions orthonormal as both spaces have: R = UVᵀ from the singular value decomposition UΣVᵀ of XᵀY.

    P. Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31 (1966); for spaces of
    one dimension it is ``scipy.linalg.orthogonal_procrustes``, which takes X and Y themselves. Angles are kept, so
    there is no setting to choose. ``cross`` is finite.
    """
    from scipy.linalg import svd

    u, _, vt = svd(np.asarray(cross, np.float64), full_matrices=False)
    result: npt.NDArray[np.float64] = u @ vt
    return result
