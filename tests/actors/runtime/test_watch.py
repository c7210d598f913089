from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.watch import LONGEST_STEP, Watch


@given(st.lists(st.floats(0, LONGEST_STEP), max_size=20))
def test_runs_like_a_clock_that_is_looked_at(steps: list[float]) -> None:
    watch, now = Watch(5.0), 5.0
    for step in steps:
        now += step
        watch.look(now)
    assert abs(watch.time - (now - 5.0)) < 1e-6


def test_time_away_does_not_count() -> None:
    watch = Watch(0.0)
    assert watch.look(1.0) == 1.0
    assert watch.look(1000.0) == 1.0 + LONGEST_STEP
    assert watch.look(999.0) == 1.0 + LONGEST_STEP
