from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aptl3.fitting.splitting import fold, held_out, parts, validation

HASHES = [value.tobytes() for value in np.random.default_rng(0).integers(0, 256, (5000, 16), np.uint8)]


def test_shares_are_kept_and_nested() -> None:
    for share in (0.0, 0.1, 0.2, 0.5, 1.0):
        assert abs(held_out(HASHES, share).mean() - share) < 0.02
    assert (held_out(HASHES, 0.2) <= held_out(HASHES, 0.5)).all()
    assert held_out(HASHES).tolist() == [validation(one) for one in HASHES]


def test_folds_are_even_and_say_nothing_about_validation() -> None:
    folds = np.array([fold(one, 5) for one in HASHES])
    assert set(folds.tolist()) == set(range(5))
    for part in range(5):
        assert abs((folds == part).mean() - 0.2) < 0.03
        assert abs(held_out(HASHES)[folds == part].mean() - 0.2) < 0.05


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(100, 120)), min_size=1), st.sets(st.integers(0, 20)))
def test_no_picture_and_no_text_is_on_both_sides(pairs: list[tuple[int, int]], kept: set[int]) -> None:
    array = np.array(pairs, np.int64)
    held = np.isin(array[:, 0], list(kept))
    train, judge = parts(array, held)
    assert not (train & judge).any()
    for column in (0, 1):
        assert not set(array[train, column].tolist()) & set(array[judge, column].tolist())
    assert (train == ~held).all()
    alone = held & ~np.isin(array[:, 1], array[~held, 1])
    assert (judge == alone).all()
