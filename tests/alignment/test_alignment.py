from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.alignment import Alignment, unit_rows


def test_it_centres_maps_and_normalizes() -> None:
    matrix = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
    alignment = Alignment(matrix, np.array([1, 1], np.float32), np.zeros(3, np.float32))
    mapped = alignment.map(np.array([[4.0, 1.0], [1.0, 0.0]]))
    assert mapped.dtype == np.float32
    assert mapped == pytest.approx(np.array([[0, 1, 0], [-1, 0, 0]]))


def test_what_has_no_direction_stays_zero() -> None:
    alignment = Alignment(np.eye(2, dtype=np.float32), np.ones(2, np.float32), np.zeros(2, np.float32))
    assert (alignment.map([[1.0, 1.0]]) == 0).all()
    assert (unit_rows(np.zeros((2, 3))) == 0).all()
