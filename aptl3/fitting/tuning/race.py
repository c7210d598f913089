"""Ways to work against each other, in rounds in which each has its turn. Told how to run one, and what time it is.

A short run on a machine that does other things too is off by more than the ways differ. So ways are compared within a
round only, those that fall behind make room for more rounds of the others, and the first, which follows from what was
measured, stays unless another one is never slower and clearly faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aptl3.config import Settings
from aptl3.fitting.tuning.report import Way

FINALISTS = 3  # ways that are left after the first round
ROUNDS = 8  # at most
SURE = 3  # rounds in which it has to be
BETTER = 1.03  # times the rate of the first way, in the median of the rounds, that makes another one the better


def race(
    settings: Sequence[Settings],
    run: Callable[[Settings], float],
    seconds: float,
    clock: Callable[[], float],
    told: Callable[[float, Way], None] = lambda share, way: None,
) -> list[Way]:
    """What ``run`` says of each, files a second, while there is time: ``seconds`` by ``clock``, of which the first
    round has half. Those that there was no time for are left out; there always is for the first. ``told`` is told the
    share of the time that is behind, and which way is next."""
    ways = [Way(one) for one in settings]
    running = list(range(len(ways)))
    began, runs = clock(), 0
    for number in range(ROUNDS):
        rates: dict[int, float] = {}
        pace = (clock() - began) / runs if runs else 0.0
        if number and clock() - began + pace * len(running) > seconds:
            break
        for at in reversed(running) if number % 2 else running:
            spent = clock() - began
            if not number and runs and spent + spent / runs > seconds / 2:
                break
            told(spent / seconds if seconds else 0.0, ways[at])
            rates[at] = run(ways[at].settings)
            runs += 1
        ways = [way.ran(rates[at], rates[0]) if at in rates else way for at, way in enumerate(ways)]
        others = sorted((at for at in rates if at), key=lambda at: -ways[at].ratio)
        running = [0, *others[: FINALISTS - 1]]
        if not others:
            break
    return [way for way in ways if way.ratios]


def best(ways: Sequence[Way]) -> Way:
    """The first of the ways, or the one that is clearly better: what wins by chance often costs a second model's
    memory."""
    better = [way for way in ways[1:] if len(way.ratios) >= SURE and min(way.ratios) >= 1 and way.ratio >= BETTER]
    return max(better, key=lambda way: way.ratio, default=ways[0])
