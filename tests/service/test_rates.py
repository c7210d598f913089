"""Rates over the last seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.service.rates import EVERY, WINDOW, Rates


@given(st.floats(0.1, 1000.0), st.integers(2, 100))
def test_a_steady_counter_has_its_rate(rate: float, notes: int) -> None:
    rates = Rates()
    for number in range(notes):
        now = number * EVERY
        assert rates.due(now)
        rates.note(now, {"decoder": round(rate * now * 1000)})
    assert rates.per_second("decoder") == pytest.approx(rate * 1000, rel=1e-3, abs=2)


def test_what_was_before_the_window_is_forgotten() -> None:
    rates = Rates()
    for second in range(20):
        rates.note(float(second), {"decoder": 1000 if second > 5 else 0})
    assert rates.per_second("decoder") == 0.0
    assert len(rates._notes) <= WINDOW + 2


def test_nothing_known_is_no_rate() -> None:
    rates = Rates()
    assert rates.per_second("decoder") == 0.0
    rates.note(1.0, {})
    assert not rates.due(1.1)
    assert rates.per_second("decoder") == 0.0
