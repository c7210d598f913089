"""A pipeline whose costs are known, simulated event by event: what a policy about worker counts is judged by.

Items go from the loader to the decoder, then to the extractor and the thumbnailer at once, then to the writer. A stage
has a queue, and workers that hold batches by the same rule as real ones (``credit.portion``). What computes shares the
cores evenly, thread by thread, and loses a little when more threads than cores want them; what waits (for a disk) takes
no core. At most ``room`` items are open. A worker starts by computing for a while. Times in seconds.

Processor sharing is simulated in the time that each running thread has had (*virtual time*: all have the same), so that
an event costs the same however many run: Parekh and Gallager, A generalized processor sharing approach, 1993.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count, product
from typing import NamedTuple

from aptl3.actors.balance import Balance, Sample
from aptl3.actors.runtime.credit import portion

TICK = 1.0
CREDIT = (
    2  # batches that a worker holds; a third one of the extractor's is begun while its threads end another, and here
)
# they always work together on one
LOST = 0.02  # of the processor, for each time the cores that more threads want them: caches, switching


class Cost(NamedTuple):
    """Of one item at one stage: seconds of a core, and seconds of waiting that take none."""

    core: float
    wait: float = 0.0


@dataclass(frozen=True)
class Kind:
    """A stage as data. ``threads`` work on a batch together; ``start``: seconds of a core that a new worker takes."""

    after: tuple[str, ...]
    batch: int
    threads: int = 1
    linger: float = 0.0
    start: float = 0.4


def kinds(threads: int) -> dict[str, Kind]:
    """The stages as they are, with so many threads of the extractor."""
    return {
        "loader": Kind((), 8, start=0.2),
        "decoder": Kind(("loader",), 4),
        "extractor": Kind(("decoder",), 16, threads, linger=0.05, start=1.5),
        "thumbnailer": Kind(("decoder",), 8),
        "writer": Kind(("extractor", "thumbnailer"), 32, linger=0.2),
    }


Costs = Callable[[int], Mapping[str, Cost]]  # of the item with this number


def varied(means: Mapping[str, Cost], seed: int, spread: float = 0.3) -> Costs:
    """Costs that differ from item to item and from stage to stage: log-normal, with these means."""
    draw = random.Random(seed)
    factors = [draw.lognormvariate(-(spread**2) / 2, spread) for _ in range(4093)]

    @cache
    def costs(item: int) -> dict[str, Cost]:
        found = {}
        for place, (name, mean) in enumerate(means.items()):
            factor = factors[(item + 811 * place) % len(factors)]
            found[name] = Cost(mean.core * factor, mean.wait * factor)
        return found

    return costs


@dataclass(frozen=True)
class Course:
    """What happened. ``ends``: when each item was done, in order; ``counts``: each change of worker counts."""

    ends: Sequence[float]
    counts: Sequence[tuple[float, Mapping[str, int]]]

    def rate(self, begin: float = 0.0, end: float = 1.0) -> float:
        """Items a second between two shares of the items."""
        first, last = int(begin * len(self.ends)), int(end * len(self.ends)) - 1
        return (last - first) / (self.ends[last] - (self.ends[first] if first else 0.0))


@dataclass(eq=False)
class _Worker:
    ready: bool = False
    leaving: bool = False
    batches: deque[list[int]] = field(default_factory=deque)
    since: float = 0.0  # of the batch that it works on


@dataclass
class _Stage:
    kind: Kind
    wanted: int = 0
    workers: list[_Worker] = field(default_factory=list)
    queue: deque[tuple[int, float]] = field(default_factory=deque)
    done: int = 0
    busy: float = 0.0
    existed: float = 0.0


class Simulation:
    """Of ``items`` items on ``cores`` cores, beginning with ``workers``, which ``balance`` may change at each tick."""

    def __init__(
        self,
        cores: int,
        stages: Mapping[str, Kind],
        workers: Mapping[str, int],
        costs: Costs,
        items: int,
        balance: Balance | None = None,
        room: int | None = None,
    ) -> None:
        self._cores = cores
        self._costs = costs
        self._items = items
        self._balance = balance
        self._room = room or max(96, 8 * cores)  # as the defaults are
        self._stages = {name: _Stage(kind) for name, kind in stages.items()}
        self._next = {name: [to for to, kind in stages.items() if name in kind.after] for name in stages}
        self._lacks: dict[int, dict[str, int]] = {}  # open items: how much is missing before a stage can have them
        self._admitted = 0
        self._ends: list[float] = []
        self._counts: list[tuple[float, Mapping[str, int]]] = []
        self._now = self._used = self._virtual = 0.0  # the second: seconds of all cores that were computed on
        self._threads = 0  # that want a core
        self._computing: list[tuple[float, int, str, _Worker]] = []  # by the virtual time at which they are done
        self._timers: list[tuple[float, int, str, _Worker | None]] = []  # waiting, or a queue that lingers
        self._number = count()
        for name, number in workers.items():
            self._scale(name, number, started=True)

    def run(self) -> Course:
        self._note()
        tick = TICK
        before = self._totals()
        self._admit()
        while len(self._ends) < self._items:
            rate = min(1.0, self._cores / self._threads) if self._threads else 1.0
            lost = 1.0 + LOST * max(0.0, self._threads / self._cores - 1.0)
            computed = (
                self._now + (self._computing[0][0] - self._virtual) * lost / rate if self._computing else float("inf")
            )
            waited = self._timers[0][0] if self._timers else float("inf")
            then = min(tick, computed, waited)
            passed, self._now = then - self._now, then
            self._used += passed * min(self._threads, self._cores)
            self._virtual += passed * rate / lost
            if then == computed:
                self._computed(*heapq.heappop(self._computing)[2:])
            elif then == waited:
                self._waited(*heapq.heappop(self._timers)[2:])
            else:
                tick += TICK
                after = self._totals()
                self._decide(before, after)
                before = after
        return Course(self._ends, self._counts)

    # ---- items

    def _admit(self) -> None:
        while self._admitted < self._items and len(self._lacks) < self._room:
            item, self._admitted = self._admitted, self._admitted + 1
            self._lacks[item] = {name: len(stage.kind.after) for name, stage in self._stages.items()}
            self._queue("loader", item)
        self._hand_out("loader")

    def _queue(self, name: str, item: int) -> None:
        self._stages[name].queue.append((item, self._now))

    def _hand_out(self, name: str) -> None:
        stage = self._stages[name]
        kind = stage.kind
        while stage.queue:
            able = [one for one in stage.workers if one.ready and not one.leaving and len(one.batches) < CREDIT]
            if not able:
                return
            worker = min(able, key=lambda one: sum(map(len, one.batches)))
            oldest = self._now - stage.queue[0][1]
            idle = sum(not one.batches for one in able)
            size = portion(
                len(stage.queue), kind.batch, idle, linger=kind.linger, waited=oldest + 1e-9, idle=not worker.batches
            )
            if not size:
                if not worker.batches:
                    self._timer(self._now - oldest + kind.linger, name, None)
                return
            worker.batches.append([stage.queue.popleft()[0] for _ in range(size)])
            if len(worker.batches) == 1:
                self._begin(name, worker)

    def _begin(self, name: str, worker: _Worker) -> None:
        worker.since = self._now
        wait = sum(self._costs(item)[name].wait for item in worker.batches[0])
        if wait:
            self._timer(self._now + wait, name, worker)
        else:
            self._compute(name, worker)

    def _compute(self, name: str, worker: _Worker) -> None:
        kind = self._stages[name].kind
        core = sum(self._costs(item)[name].core for item in worker.batches[0]) if worker.ready else kind.start
        threads = kind.threads if worker.ready else 1
        self._threads += threads
        heapq.heappush(self._computing, (self._virtual + core / threads, next(self._number), name, worker))

    def _timer(self, when: float, name: str, worker: _Worker | None) -> None:
        heapq.heappush(self._timers, (when, next(self._number), name, worker))

    def _waited(self, name: str, worker: _Worker | None) -> None:
        if worker is None:
            self._hand_out(name)
        else:
            self._compute(name, worker)

    def _computed(self, name: str, worker: _Worker) -> None:
        stage = self._stages[name]
        if not worker.ready:
            self._threads -= 1
            worker.ready = True
            stage.existed -= self._now  # ``_totals`` adds the time now for each that exists
        else:
            self._threads -= stage.kind.threads
            stage.busy += self._now - worker.since
            for item in worker.batches.popleft():
                stage.done += 1
                self._passed(name, item)
            if worker.batches:
                self._begin(name, worker)
        self._retire(stage)
        self._hand_out(name)

    def _passed(self, name: str, item: int) -> None:
        if not self._next[name]:
            del self._lacks[item]
            self._ends.append(self._now)
            self._admit()
        for to in self._next[name]:
            self._lacks[item][to] -= 1
            if not self._lacks[item][to]:
                self._queue(to, item)
                self._hand_out(to)

    # ---- workers

    def _scale(self, name: str, number: int, started: bool = False) -> None:
        stage = self._stages[name]
        stage.wanted = number
        staying = [one for one in stage.workers if not one.leaving]
        for worker in sorted(staying, key=lambda one: (one.ready, len(one.batches)))[: max(0, len(staying) - number)]:
            worker.leaving = True
        for _ in range(number - len(staying)):
            worker = _Worker(ready=started)
            stage.workers.append(worker)
            if not started:
                self._compute(name, worker)
        self._retire(stage)

    def _retire(self, stage: _Stage) -> None:
        for worker in [one for one in stage.workers if one.leaving and one.ready and not one.batches]:
            stage.workers.remove(worker)
            stage.existed += self._now

    def _totals(self) -> dict[str, tuple[float, ...]]:
        """Of each stage: tasks done, seconds that its workers have worked, and existed; of all: seconds of cores."""
        totals: dict[str, tuple[float, ...]] = {"all": (self._used,)}
        for name, one in self._stages.items():
            working = sum(self._now - worker.since for worker in one.workers if worker.batches)
            existing = self._now * sum(worker.ready for worker in one.workers)
            totals[name] = one.done, one.busy + working, one.existed + existing
        return totals

    def _decide(
        self,
        before: Mapping[str, tuple[float, ...]],
        after: Mapping[str, tuple[float, ...]],
    ) -> None:
        if self._balance is None:
            return
        samples = {}
        for name, stage in self._stages.items():
            done, busy, existed = (now - then for now, then in zip(after[name], before[name], strict=True))
            held = len(stage.queue) + sum(len(batch) for worker in stage.workers for batch in worker.batches)
            samples[name] = Sample(
                workers=stage.wanted,
                ready=sum(one.ready and not one.leaving for one in stage.workers),
                fill=min(1.0, held / self._room),
                busy=min(1.0, busy / existed) if existed else 0.0,
                done=done / TICK,
            )
        left = (self._items - len(self._ends)) * TICK / max(1, after["writer"][0] - before["writer"][0])
        used = (after["all"][0] - before["all"][0]) / TICK
        changed = self._balance.tick(samples, used, self._cores, left=left)
        for name, number in changed.items():
            self._scale(name, number)
        if changed:
            self._note()

    def _note(self) -> None:
        self._counts.append((self._now, {name: stage.wanted for name, stage in self._stages.items()}))


def best(
    cores: int,
    stages: Mapping[str, Kind],
    counts: Mapping[str, Sequence[int]],
    costs: Costs,
    items: int,
    part: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, dict[str, int]]:
    """The best rate, over a part of the items, of all settings that ``counts`` allows, and it."""
    settings = [dict(zip(counts, chosen, strict=True)) | {"writer": 1} for chosen in product(*counts.values())]
    rates = [Simulation(cores, stages, workers, costs, items).run().rate(*part) for workers in settings]
    return max(zip(rates, settings, strict=True), key=lambda pair: pair[0])
