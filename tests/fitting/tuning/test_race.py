"""Ways against each other: simulated runs of known rates, and time that passes as it is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aptl3.config import Machine, Settings, default_settings
from aptl3.fitting.tuning.race import BETTER, FINALISTS, best, race
from aptl3.fitting.tuning.report import Way

BASE = default_settings(Machine(4, 8 << 30))


def ways(count: int) -> list[Settings]:
    return [replace(BASE, extractor_threads=number + 1) for number in range(count)]


class Track:
    """Runs take three seconds; ``noise`` is what each in its turn is off by."""

    def __init__(self, rates: list[float], noise: list[float] | None = None) -> None:
        self.now = 100.0
        self.runs: list[int] = []
        self._rates = rates
        self._noise = noise or [1.0]

    def run(self, settings: Settings) -> float:
        self.now += 3.0
        at = settings.extractor_threads - 1
        self.runs.append(at)
        return self._rates[at] * self._noise[len(self.runs) % len(self._noise)]

    def race(self, seconds: float) -> list[Way]:
        return race(ways(len(self._rates)), self.run, seconds, lambda: self.now)


def test_a_better_way_is_found_and_the_last_fall_behind() -> None:
    track = Track([100.0, 90.0, 120.0, 50.0, 95.0])
    done = track.race(60.0)
    assert best(done).settings == ways(5)[2]
    assert [len(way.ratios) > 1 for way in done] == [True, False, True, False, True]
    assert track.runs[:5] == [0, 1, 2, 3, 4]
    assert set(track.runs[5:]) == {0, 2, 4} and len(set(track.runs[5:])) == FINALISTS
    assert track.now <= 160.0


@given(st.lists(st.floats(10, 300), min_size=1, max_size=9), st.floats(0, 120))
def test_it_never_takes_much_longer_than_it_may_and_the_first_always_runs(rates: list[float], seconds: float) -> None:
    track = Track(rates)
    done = track.race(seconds)
    assert done[0].settings == ways(1)[0] and len(done[0].ratios) >= 1
    assert set(done[0].ratios) == {1.0}
    assert track.now - 100.0 <= seconds + 6.0  # the first of all, and the one whose time nobody knew yet


@given(st.lists(st.floats(0.95, 1.05), min_size=2, max_size=40))
def test_chance_alone_never_wins_by_much_and_what_is_clearly_better_does(noise: list[float]) -> None:
    equal = Track([100.0, 100.0, 100.0], noise).race(90.0)
    chosen = best(equal)
    assert chosen == equal[0] or (min(chosen.ratios) >= 1 and chosen.ratio >= BETTER)
    clear = Track([100.0, 125.0, 60.0], noise).race(90.0)
    assert best(clear).settings == ways(2)[1]


def test_two_runs_prove_nothing() -> None:
    first, other = (Way(one) for one in ways(2))
    ran, twice = first.ran(100.0, 100.0), other.ran(200.0, 100.0).ran(110.0, 100.0)
    assert best([ran, other.ran(200.0, 100.0)]).settings == first.settings
    assert best([ran, twice]).settings == first.settings
    assert best([ran, twice.ran(104.0, 100.0)]) == twice.ran(104.0, 100.0)
    assert best([ran, twice.ran(99.0, 100.0)]).settings == first.settings


def test_without_time_nothing_is_compared() -> None:
    assert [way.settings for way in Track([100.0, 200.0]).race(0.0)] == ways(1)
