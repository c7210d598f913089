from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.orthogonal import fit
from aptl3.errors import BadArgument


def test_a_rotation_is_found_again() -> None:
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    x = rng.normal(size=(50, 6)) + 3
    alignment = fit(x, (x - x.mean(axis=0)) @ rotation * 5 + 7)
    assert alignment.matrix == pytest.approx(rotation, abs=1e-5)
    assert alignment.mean_x == pytest.approx(x.mean(axis=0), abs=1e-5)
    assert alignment.mean_y == pytest.approx(np.full(6, 7), abs=1e-4)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5)])
def test_directions_stay_orthonormal(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    matrix = fit(rng.normal(size=(30, shape[0])), rng.normal(size=(30, shape[1]))).matrix
    assert matrix.shape == shape and matrix.dtype == np.float32
    smaller = matrix if shape[0] <= shape[1] else matrix.T
    assert smaller @ smaller.T == pytest.approx(np.eye(min(shape)), abs=1e-5)


def test_no_orthogonal_matrix_does_better() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    alignment = fit(x, y)
    left, right = (values - values.mean(axis=0) for values in (x, y))
    left, right = (values / np.linalg.norm(values, axis=1, keepdims=True) for values in (left, right))
    best = np.linalg.norm(left @ alignment.matrix - right)
    others = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(200))
    assert all(best <= np.linalg.norm(left @ other - right) + 1e-6 for other in others)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.ones((3, 2)), np.ones((4, 2))),
        (np.ones((1, 2)), np.ones((1, 2))),
        (np.ones(3), np.ones(3)),
        (np.full((3, 2), np.nan), np.ones((3, 2))),
    ],
)
def test_what_cannot_be_fitted_is_told(x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(BadArgument):
        fit(x, y)
