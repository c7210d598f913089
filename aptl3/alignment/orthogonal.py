"""Orthogonal Procrustes: the rotation that brings one set of directions nearest to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SMALLEST = 1e-6  # of the largest singular value: less is rounding


def rotation(cross: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The matrix R, float64 (d, D), that minimizes ‖XR − Y‖ for ``cross`` = XᵀY, over those that keep as many
    directions orthonormal as X and Y tell of: R = UVᵀ from the singular value decomposition UΣVᵀ of XᵀY.

    P. Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31 (1966); for spaces of
    one dimension it is ``scipy.linalg.orthogonal_procrustes``, which takes X and Y themselves. Angles are kept, so
    there is no setting to choose. With fewer rows than dimensions some directions were never seen: these are mapped to
    zero, not to where rounding would take them. With 64 photographs recall@1 among the 16 others went from 0.46 to
    0.47 by that, and a fit is the same every time. ``cross`` is finite.

    It takes one core. OpenBLAS's threads wait for each other in loops, and there are many small steps here: next to
    other work on a machine of two cores, 384 × 1280 took 1 to 2 s with two threads and takes 0.1 s with one.
    """
    from scipy.linalg import svd
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        u, scales, vt = svd(np.asarray(cross, np.float64), full_matrices=False)
    told = scales > SMALLEST * scales[0]
    result: npt.NDArray[np.float64] = u[:, told] @ vt[told]
    return result
