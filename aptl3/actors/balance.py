"""How many work at each stage: which stage holds the others back, and where workers are moved because of it. Pure.

The policy is told once a tick what each stage did and answers with counts to be changed. It plans from what it sees
rather than by trial: a stage that is busy for a share of its time can do so many times more, the processor has so many
cores left, and the least of these says how far the whole can grow, and how many workers each stage needs for that. What
cannot be known beforehand (whether more loaders get more out of one disk) is judged afterwards: a change that moved
nothing is taken back, and not tried again until the files have become other ones.

It is damped: nothing changes while a worker starts, nor before ``PATIENCE`` ticks were seen of things as they are, and
a step at most doubles. So it comes to rest: where costs stay the same, a stage grows, but for a step that is taken
back; and when nothing has changed for ``SETTLED`` ticks, one that has many times the workers that it needs lets go of
them, which cost memory and hold items that others could work on. Hill climbing on the rate was rejected: files differ
so much that the rate of a few seconds says little, and it never comes to rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

BUSY = 0.6  # share of a stage's time above which it can be what the others wait for
FULL = 0.05  # share of all that may be under way that waits for it, above which it is not just keeping up
PATIENCE = 3  # ticks that are looked at together
SETTLED = 10  # ticks
WORTH = 1.02  # times as fast, at least, as a change must promise to make everything
GROWTH = 2.0  # times as fast, at most, as one change aims for: what is seen holds near to what is there
GAINED = 0.05  # growth by which a change proves itself, or a quarter of what it promised if that is less
FALLEN = 0.8  # times the rate that it was
OTHER = 1.5  # times the seconds a task takes that make files other ones
SPARE = 1.25  # times the workers that it will need that a stage keeps when others need its places
IDLE = 2.0  # the same when nobody needs them; a stage that has more than so many times that again lets go of them
LONG = 30.0  # seconds that a job must still take for that to be worth anything


@dataclass(frozen=True)
class Sample:
    """One stage over some seconds. ``fill``: what waits for it or is worked on, as a share of all that may be under
    way; ``busy``: share of its workers' time that they worked; both 0 to 1."""

    workers: int  # that should run
    ready: int  # of them, those that can work
    fill: float
    busy: float
    done: float  # tasks a second

    @property
    def cost(self) -> float:
        """Seconds of a worker that a task takes."""
        return self.workers * self.busy / max(self.done, 1e-9)


@dataclass(frozen=True)
class Bound:
    """What may become of a stage: ``most`` workers; one more takes ``memory`` bytes, and ``start`` seconds of a core
    until it can work."""

    most: int
    memory: int = 0
    start: float = 0.0


def limiting(samples: Mapping[str, Sample]) -> str | None:
    """The stage that the others wait for: the busiest of those that have a queue; None when none is busy enough."""
    able = [name for name, one in samples.items() if one.busy >= BUSY and one.fill >= FULL]
    return max(able, key=lambda name: (samples[name].busy, samples[name].fill), default=None)


@dataclass(frozen=True)
class _View:
    """What some ticks say together. ``load``: how many workers of each stage would be busy all the time if all that
    hold the others back were; ``used``: cores."""

    samples: Mapping[str, Sample]
    used: float

    @property
    def stage(self) -> str | None:
        return limiting(self.samples)

    def load(self, stage: str) -> dict[str, float]:
        most = self.samples[stage].busy
        return {name: one.workers * min(1.0, one.busy / most) for name, one in self.samples.items()}


@dataclass(frozen=True)
class _Change:
    """One that has still to prove itself: for which stage, how things were, and what it promised."""

    stage: str
    view: _View
    before: Mapping[str, int]
    reach: float

    def proved(self, view: _View) -> bool:
        """Whether it moved something: the limit to another stage, or that stage's rate, or the work done. A rate that
        has fallen says that the files have become other ones, and nothing of the change."""
        rate = view.samples[self.stage].done / max(self.view.samples[self.stage].done, 1e-9)
        gained = max(rate, view.used / max(self.view.used, 1e-9)) - 1
        return view.stage != self.stage or gained >= min(GAINED, (self.reach - 1) / 4) or rate < FALLEN


class Balance:
    """Of one job after the other. ``bounds``: the stages whose workers it may move; others it leaves alone, and counts
    on them as they are. ``places``: workers of these stages together, at most."""

    def __init__(self, bounds: Mapping[str, Bound], places: int) -> None:
        self.bounds = bounds
        self.places = places
        self._seen: deque[_View] = deque(maxlen=SETTLED)
        self._change: _Change | None = None
        self._exhausted: dict[str, float] = {}  # stages that more workers did not help, and their costs then

    def rest(self) -> None:
        """Things are not as they were (a job begins, a count was set by hand): what was seen says nothing any more."""
        self._seen.clear()
        self._change = None

    def tick(
        self, samples: Mapping[str, Sample], used: float, cores: float, *, left: float = inf, memory: float = inf
    ) -> dict[str, int]:
        """Counts to be changed. ``used``: cores that the job computes on, of ``cores`` that it may have; ``left``:
        seconds that the rest of the job takes as things are; ``memory``: bytes that may still be taken."""
        over = {name: bound.most for name, bound in self.bounds.items() if samples[name].workers > bound.most}
        if over or any(one.ready < one.workers for one in samples.values()):
            self._seen.clear()
            return over
        self._seen.append(_View(samples, used))
        changed = self._decide(cores, left, memory) if len(self._seen) >= PATIENCE else {}
        if changed:
            self._seen.clear()
        return changed

    def _decide(self, cores: float, left: float, memory: float) -> dict[str, int]:
        if self._change is not None:
            change = self._change
            if not change.proved(_merged(self._seen)):
                return self._take_back(change) if len(self._seen) >= 2 * PATIENCE else {}
            self._change = None
        view = _merged(list(self._seen)[-PATIENCE:])
        stage = view.stage
        if stage is None:
            return {}
        changed = self._grow(view, stage, cores, left, memory) if stage in self.bounds else {}
        if not changed and len(self._seen) == SETTLED and left > LONG:
            changed = self._shrink(_merged(self._seen))
        return changed

    def _take_back(self, change: _Change) -> dict[str, int]:
        self._change = None
        self._exhausted[change.stage] = change.view.samples[change.stage].cost
        return dict(change.before)

    def _grow(self, view: _View, stage: str, cores: float, left: float, memory: float) -> dict[str, int]:
        """More workers for ``stage``, and for those that would be the next to hold the others back."""
        seen, load = view.samples, view.load(stage)
        self._exhausted = {
            name: cost for name, cost in self._exhausted.items() if 1 / OTHER < seen[name].cost / cost < OTHER
        }
        rooms = [max(one.workers, self._most(name)) / load[name] for name, one in seen.items() if load[name]]
        reach = min(GROWTH, cores / max(view.used, 1e-9), *rooms)
        if reach < WORTH:
            return {}
        wanted: dict[str, int] = {}
        start = 0.0
        for name in sorted(self.bounds, key=lambda name: name != stage):  # the one that matters has the first choice
            bound = self.bounds[name]
            more = ceil(load[name] * reach - 0.05) - seen[name].workers
            while more > 0 and more * bound.memory > memory:
                more -= 1
            if more > 0:
                wanted[name] = seen[name].workers + more
                memory -= more * bound.memory
                start += more * bound.start
        if stage not in wanted or left * (1 - 1 / reach) <= start:
            return {}
        wanted = self._placed(seen, wanted, load, reach)
        if wanted:
            self._change = _Change(stage, view, {name: seen[name].workers for name in wanted}, reach)
        return wanted

    def _most(self, name: str) -> int:
        return self.bounds[name].most if name in self.bounds and name not in self._exhausted else 0

    def _placed(
        self, seen: Mapping[str, Sample], wanted: Mapping[str, int], load: Mapping[str, float], reach: float
    ) -> dict[str, int]:
        """``wanted`` within the places that there are, some of which others give up that do not need them."""
        counts = {name: seen[name].workers for name in self.bounds}
        spare = {name: counts[name] - _kept(SPARE * load[name] * reach) for name in counts if name not in wanted}
        free = self.places - sum(counts.values())
        placed: dict[str, int] = {}
        for name, count in wanted.items():
            for _ in range(count - counts[name]):
                if free <= 0:
                    giver = max(spare, key=lambda other: spare[other], default=None)
                    if giver is None or spare[giver] <= 0:
                        return placed
                    spare[giver] -= 1
                    placed[giver] = placed.get(giver, counts[giver]) - 1
                else:
                    free -= 1
                placed[name] = placed.get(name, counts[name]) + 1
        return placed

    def _shrink(self, view: _View) -> dict[str, int]:
        """Stages with many times the workers that they need, and what they need for twice the work."""
        stage = view.stage
        if stage is None:
            return {}
        kept = {name: _kept(IDLE * load) for name, load in view.load(stage).items() if name in self.bounds}
        return {name: count for name, count in kept.items() if view.samples[name].workers >= IDLE * count + 1}


def _kept(load: float) -> int:
    return max(1, ceil(load))


def _merged(views: Sequence[_View]) -> _View:
    """Of ticks of about the same length, in which no workers came or went."""
    last = views[-1]
    samples = {name: _mean([one.samples[name] for one in views]) for name in last.samples}
    return _View(samples, sum(one.used for one in views) / len(views))


def _mean(samples: Sequence[Sample]) -> Sample:
    fill, busy, done = (sum(getattr(one, name) for one in samples) / len(samples) for name in ("fill", "busy", "done"))
    return replace(samples[-1], fill=fill, busy=busy, done=done)
