from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.restart import RestartIntensity


@given(st.integers(0, 5), st.lists(st.floats(0, 20), max_size=20))
def test_with_ready_workers_only_the_last_period_counts(limit: int, gaps: list[float]) -> None:
    intensity = RestartIntensity(limit=limit, period=30.0)
    now = 0.0
    deaths: list[float] = []
    for gap in gaps:
        now += gap
        intensity.ready(now)
        deaths.append(now)
        assert intensity.record(now) == (sum(now - death < 30.0 for death in deaths) > limit)


def test_workers_that_never_become_ready_are_given_up_however_slowly_they_die() -> None:
    intensity = RestartIntensity(limit=3, period=10.0)
    assert [intensity.record(100.0 * n) for n in range(4)] == [False, False, False, True]
