"""Who works on a job: how many of each stage, as the settings begin, as the user says, and as the work asks for.

Owns the worker counts. Looks once a second at what the stages did, and has ``balance`` move workers, within the memory
and the cores that there are; a stage whose count the user gave is his. Remembers which stage held the others back, of
the last seconds and of a whole job. With ``be_nice`` the job gives way to others (``courtesy``).
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import Any

from aptl3.actors.balance import Balance, Bound, Sample, limiting
from aptl3.actors.courtesy import Courtesy, confine, lower, on_battery, usable
from aptl3.actors.meter import Meter
from aptl3.actors.pipeline import job_workers
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.config import MIB, STAGES, Settings, this_machine

TICK = 1.0  # seconds
WINDOW = 5  # ticks that "now" means to people
RESERVE = 0.1  # of the machine's memory is left to others

Statistics = Mapping[str, StageStatistics]


def bounds(cores: int, threads: int, extractors: int = 1, cuda: bool = False) -> dict[str, Bound]:
    """What may become of the stages on so many cores. Loaders also wait for disks; extractors have ``threads`` each,
    and on a GPU, which holds a model for each, they are as many as were chosen. Memory and start are rounded up."""
    most = extractors if cuda else max(extractors, cores // threads)
    return {
        "loader": Bound(max(8, cores), 40 * MIB, 0.3),
        "decoder": Bound(cores, 80 * MIB, 0.4),
        "extractor": Bound(most, 400 * MIB, 1.5),
        "thumbnailer": Bound(cores, 60 * MIB, 0.4),
    }


class Staffing:
    """``fixed``: stages whose counts in ``settings`` the user gave."""

    def __init__(
        self,
        settings: Settings,
        runner: Runner,
        fixed: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
        meter: Meter | None = None,
    ) -> None:
        self.settings = settings
        self.nice = False
        self._runner = runner
        self._fixed = set(fixed)
        self._clock = clock
        self._machine = this_machine()
        self._cores = usable()
        self._meter = meter or Meter(self._cores)
        self._courtesy = Courtesy(len(self._cores))
        self._balance = Balance({}, max(2 * len(self._cores) + 4, sum(settings.workers.values())))
        self._bind()
        self._notes: deque[tuple[float, Statistics]] = deque(maxlen=WINDOW + 1)
        self._begun = 0.0
        self._held: Counter[str] = Counter()  # ticks of the job in which a stage held the others back
        self._holders: dict[int, Counter[str]] = {}  # the same of every job

    def scale(self) -> None:
        """Has as many work as the job is to have."""
        for stage, count in job_workers(self.settings).items():
            self._runner.scale(stage, count)

    def fix(self, workers: Mapping[str, int]) -> None:
        """The user's word, from now on."""
        self._fixed.update(workers)
        self._put(workers)
        self._bind()
        self._balance.rest()

    def be_nice(self) -> None:
        """The job gives way to others, and what comes after it until this supervisor ends."""
        if not self.nice:
            self.nice = True
            lower()

    def begin(self, job: int) -> None:
        """Work on a job begins."""
        self._held = self._holders[job] = Counter()
        self._notes.clear()
        self._begun = self._clock()
        self._balance.rest()
        self.scale()

    def end(self) -> None:
        """Work on the job is over."""
        self._notes.clear()

    def tick(self, left: Callable[[], int | None]) -> None:
        """To be called often while a job runs. ``left`` tells how many items it has left, None when it is not known."""
        now = self._clock()
        if now - (self._notes[-1][0] if self._notes else self._begun) < TICK:
            return
        statistics = {name: one for name, one in self._runner.statistics().items() if name in STAGES}
        seconds = now - self._notes[-1][0] if self._notes else TICK
        used, others = self._meter.read([pid for stage in STAGES for pid in self._runner.pids(stage)], seconds)
        self._notes.append((now, statistics))
        if len(self._notes) < 2:
            return
        held = limiting(self.samples)
        if held is not None:
            self._held[held] += 1
        if self.nice and self._courtesy.look(others, on_battery()):
            confine(self._cores[: self._courtesy.allowed])
            self._bind()
        latest = _samples(self._notes[-2], self._notes[-1], self.settings.open_items)
        changed = self._balance.tick(
            latest,
            used,
            min(self._courtesy.allowed, len(self._cores) - others),
            left=self._seconds(left(), latest),
            memory=self._memory(),
        )
        if changed:
            self._put(changed)
            self.scale()

    @property
    def samples(self) -> dict[str, Sample]:
        """What the stages did in the last seconds; nothing when no job runs."""
        return _samples(self._notes[0], self._notes[-1], self.settings.open_items) if len(self._notes) > 1 else {}

    def held(self, job: int) -> str | None:
        """The stage that held the others back for most of a job; None when none did, or the job was too short."""
        found = self._holders.get(job, Counter[str]())
        return max(found, key=lambda stage: found[stage], default=None)

    def as_json(self) -> dict[str, Any]:
        """For ``status``: counts, who holds the others back now, and on how many cores of how many a job runs that
        gives way, and why not on all."""
        cores = {"cores": self._courtesy.allowed, "of": self._courtesy.cores, "reason": self._courtesy.reason}
        return {
            "workers": self.settings.workers,
            "fixed": sorted(self._fixed),
            "limiting": limiting(self.samples),
            "nice": cores if self.nice else None,
        }

    def _put(self, workers: Mapping[str, int]) -> None:
        self.settings = replace(self.settings, workers={**self.settings.workers, **workers})

    def _bind(self) -> None:
        """Says what the policy may do. The counts that a job began with are no more than a beginning; with all cores
        they may stay."""
        cores, workers = self._courtesy.allowed, self.settings.workers
        found = bounds(cores, self.settings.extractor_threads, workers["extractor"], self._machine.cuda)
        if cores == len(self._cores):
            found = {name: replace(one, most=max(one.most, workers[name])) for name, one in found.items()}
        self._balance.bounds = {name: one for name, one in found.items() if name not in self._fixed}

    def _seconds(self, left: int | None, samples: Mapping[str, Sample]) -> float:
        """That the rest of the job takes at the present rate."""
        rate = samples["writer"].done
        return left / rate if left is not None and rate else inf

    def _memory(self) -> float:
        """Bytes that more workers may take: none where the system does not tell what is free."""
        import psutil

        with suppress(Exception):
            return psutil.virtual_memory().available - RESERVE * self._machine.memory
        return 0.0


def _samples(before: tuple[float, Statistics], after: tuple[float, Statistics], room: int) -> dict[str, Sample]:
    (begin, first), (end, last) = before, after
    return {name: _sample(first[name], one, end - begin, room) for name, one in last.items()}


def _sample(before: StageStatistics, now: StageStatistics, seconds: float, room: int) -> Sample:
    existed = now.ready_seconds - before.ready_seconds
    done = now.done + now.refused - before.done - before.refused
    return Sample(
        workers=now.workers,
        ready=now.ready,
        fill=min(1.0, (now.queued + now.in_flight) / max(1, room)),
        busy=min(1.0, max(0.0, (now.busy_seconds - before.busy_seconds) / existed)) if existed > 0 else 0.0,
        done=done / max(seconds, 1e-9),
    )
