from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from scipy.linalg import orthogonal_procrustes
from threadpoolctl import threadpool_info, threadpool_limits

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


def test_what_no_row_tells_of_leads_nowhere() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(4, 10)), rng.normal(size=(4, 12))
    matrix = rotation(x.T @ y)
    assert np.linalg.svd(matrix, compute_uv=False) == pytest.approx(np.repeat([1.0, 0.0], [4, 6]))
    unseen = np.linalg.svd(x)[2][4:]
    assert unseen @ matrix == pytest.approx(np.zeros((6, 12)), abs=1e-9)


def test_it_takes_one_core_and_leaves_the_setting_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def cores() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen = []
    svd = scipy.linalg.svd

    def watched(*args: Any, **options: Any) -> Any:
        seen.append(cores())
        return svd(*args, **options)

    monkeypatch.setattr(scipy.linalg, "svd", watched)
    with threadpool_limits(2, user_api="blas"):
        before = cores()
        rotation(np.eye(3))
        assert cores() == before
    assert seen == [{1}]
