from __future__ import annotations

import numpy as np
import pytest

from aptl3.models.precision import MEAN, WORST, WORTH, Verdict, cosines


@pytest.mark.parametrize(
    ("verdict", "accepted"),
    [
        (Verdict(MEAN, WORST, WORTH), True),
        (Verdict(MEAN - 1e-6, 1.0, 2.0), False),
        (Verdict(1.0, WORST - 1e-6, 2.0), False),
        (Verdict(1.0, 1.0, 1.0), False),  # no faster: imitated by the processor
    ],
)
def test_a_precision_must_be_near_and_worth_it(verdict: Verdict, accepted: bool) -> None:
    assert verdict.accepted is accepted


def test_cosines_of_unit_rows() -> None:
    rows = np.eye(4, dtype=np.float32)
    other = rows.copy()
    other[0] = [0.6, 0.8, 0, 0]
    assert cosines(rows, other) == pytest.approx((0.9, 0.6))


def test_a_vector_that_is_not_finite_is_the_worst() -> None:
    rows = np.eye(2, dtype=np.float32)
    assert cosines(rows, np.array([[np.nan, 0], [0, 1]], np.float32))[1] == -1
