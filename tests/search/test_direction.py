from __future__ import annotations

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.search.direction import combine

X, Y = np.eye(2, dtype=np.float32)


def test_one_term_is_its_own_direction_whatever_its_weight() -> None:
    for weight in (1e-30, 0.5, 1e30):
        np.testing.assert_allclose(combine([X], [weight]), X)
    np.testing.assert_allclose(combine([X], [-2]), -X)


def test_weights_pull() -> None:
    np.testing.assert_allclose(combine([X, Y], [1, 1]), [0.5**0.5, 0.5**0.5], rtol=1e-6)
    even, pulled = combine([X, Y], [1, 1]), combine([X, Y], [3, 1])
    assert pulled[0] > even[0] > combine([X, Y], [1, 3])[0]
    assert combine([X, Y], [1, -1])[1] < 0


def test_a_direction_is_float32_of_unit_length() -> None:
    direction = combine([X, Y], [0.3, 0.1])
    assert direction.dtype == np.float32
    assert np.linalg.norm(direction) == pytest.approx(1)


def test_terms_that_cancel_out_are_refused() -> None:
    with pytest.raises(BadArgument, match="cancel"):
        combine([X, X], [1, -1])


def test_what_has_no_direction_stays_without() -> None:
    nothing = np.zeros(2, np.float32)
    assert not combine([nothing], [1]).any()
    np.testing.assert_allclose(combine([nothing, X], [1, 1]), X)
