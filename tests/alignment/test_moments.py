from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.moments import Moments, mean_of
from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument

RNG = np.random.default_rng(0)
SPACES = {"y": RNG.normal(size=(50, 7)), "x": RNG.normal(size=(50, 4))}
MEANS = {model: mean_of(rows) for model, rows in SPACES.items()}


def test_they_are_the_products_of_centred_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = (unit_rows(SPACES[model] - MEANS[model]) for model in "xy")
    for block in (8192, 7):
        monkeypatch.setattr("aptl3.alignment.moments.BLOCK", block)
        found = Moments.of(SPACES, MEANS)
        assert found.cross["x", "y"] == pytest.approx(x.T @ y, abs=1e-5)
        assert (found.shared["x", "y"], found.samples) == (50, 50)
        assert mean_of(SPACES["x"]) == pytest.approx(SPACES["x"].mean(axis=0), abs=1e-6)


def test_parts_add_up_and_are_left_out_again() -> None:
    whole = Moments.of(SPACES, MEANS)
    one, two = (Moments.of({m: rows[part] for m, rows in SPACES.items()}, MEANS) for part in (slice(20), slice(20, 50)))
    for same in (one.plus(two), whole.plus(one, -1).plus(one), Moments({}, {}, 0).plus(whole)):
        assert same.cross["x", "y"] == pytest.approx(whole.cross["x", "y"], abs=1e-5)
        assert (same.shared["x", "y"], same.samples) == (50, 50)
    heavy = one.plus(two, 0.5)
    assert heavy.cross["x", "y"] == pytest.approx(one.cross["x", "y"] + two.cross["x", "y"] / 2, abs=1e-6)
    assert heavy.shared["x", "y"] == 35


def test_rows_that_a_model_lacks_do_not_count() -> None:
    present = {"x": np.arange(50) < 30, "y": np.arange(50) >= 10}
    some = {m: np.where(present[m][:, None], rows, np.nan) for m, rows in SPACES.items()}
    assert np.isfinite(mean_of(some["x"], present["x"])).all()
    found = Moments.of(some, MEANS, present)
    expected = Moments.of({m: rows[10:30] for m, rows in SPACES.items()}, MEANS)
    assert found.cross["x", "y"] == pytest.approx(expected.cross["x", "y"], abs=1e-6)
    assert (found.shared["x", "y"], found.samples) == (20, 20)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_told(value: float) -> None:
    rows = SPACES["x"].copy()
    rows[3, 2] = value
    with pytest.raises(BadArgument, match="not finite"):
        mean_of(rows)
