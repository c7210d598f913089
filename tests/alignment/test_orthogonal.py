from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from aptl3.alignment.orthogonal import rotation


def test_it_is_that_of_scipy_where_dimensions_are_equal() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 6)), rng.normal(size=(50, 6))
    assert rotation(x.T @ y) == pytest.approx(orthogonal_procrustes(x, y)[0])


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5)])
def test_directions_stay_orthonormal(shape: tuple[int, int]) -> None:
    matrix = rotation(np.random.default_rng(1).normal(size=shape))
    assert matrix.shape == shape
    smaller = matrix if shape[0] <= shape[1] else matrix.T
    assert smaller @ smaller.T == pytest.approx(np.eye(min(shape)))


def test_no_orthogonal_matrix_does_better() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    best = np.linalg.norm(x @ rotation(x.T @ y) - y)
    others = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(200))
    assert all(best <= np.linalg.norm(x @ other - y) for other in others)
