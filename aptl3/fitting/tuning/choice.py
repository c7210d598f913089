"""Which settings serve best, from what the stages cost. Pure: costs and a machine go in, settings come out.

All stages share the cores. When none has to wait for another, files come through at cores / (core time of all stages
for a file), and no setting does better; so a setting is good when each stage has workers enough to keep up with that
pace, and some to spare, because files differ. More than that costs memory and turns of the scheduler. A stage that
waits (for a drive, for a GPU) needs more workers than its core time says, or is itself what the others wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

from aptl3.actors.balance import Sample, limiting
from aptl3.config import MIB, STAGES, Machine, Settings, default_settings, with_extractor
from aptl3.errors import BadArgument
from aptl3.fitting.tuning.hosting import Cost

SPARE = 1.25  # times the workers that a stage needs on average
CLOSE = 0.95  # engine settings that promise so much of the best are as good, as far as such short runs tell
USUAL = 0.9  # the same for the usual size of batch, which has been measured for longer than that
LOADED = 0.4  # share of its workers' time from which on a stage may need one more, or may spare none
WAITING = 2.0  # times its core time that a stage takes by the clock when it does not compute
WAIT = ("loader", "writer")  # stages that may wait for a drive
# Threads from which on two extractors with half of them each may get on better than one: it does a hundredth of a
# thread's work for each of them, one after the other. Two hold the models twice: 190 MB more in float32.
SPLIT = 8
LOADERS = 16  # waiting for a drive at once: more only make its head run to and fro
MEMORY = 0.5  # share of the machine's memory, at most
LEAST_OPEN = 32 * MIB
BUSY = 0.85  # share of the cores from which on they are what is short


@dataclass(frozen=True)
class Engine:
    """An extractor with so many ``threads`` and batches of that many items: what an item costs it. ``device``: a GPU
    computes, so that the clock says what it can do, and not the cores."""

    threads: int
    batch: int
    cost: Cost
    device: bool = False

    @property
    def most(self) -> float:
        """Items a second that one such extractor can do."""
        return _rate(self.cost.wall) if self.device else self.threads * _rate(self.cost.core)


@dataclass(frozen=True)
class Forecast:
    """``per_second``: files. ``load``: by stage, the share of its workers' time that they work. ``stage``: the one that
    the others wait for, None when what is short is cores."""

    per_second: float
    load: dict[str, float]
    stage: str | None


def choose(costs: Mapping[str, Cost], engines: Sequence[Engine], machine: Machine) -> tuple[Settings, Engine]:
    """Settings for a machine of which all may be used, and the one of ``engines`` that they take."""
    base = default_settings(machine)
    rest = sum(costs[stage].core for stage in STAGES if stage != "extractor")

    def pace(engine: Engine) -> float:
        return min(machine.cores * _rate(rest + engine.cost.core), engine.most / SPARE)

    best = max(map(pace, engines))
    usual = base.batch["extractor"]
    threads = min(one.threads for one in engines if pace(one) >= CLOSE * best)
    good = [one for one in engines if one.threads == threads and pace(one) >= USUAL * best]
    engine = min(good, key=lambda one: (abs(one.batch - usual), one.batch))
    workers = {"extractor": 1, "writer": 1}
    for stage in ("loader", "decoder", "thumbnailer"):
        load = pace(engine) * _seconds(stage, costs[stage])
        # One worker alone has no core of its own: while others have it, all wait for him. Two are 3 % faster.
        needed = max(ceil(load * SPARE), 2 if load >= LOADED and machine.cores > 1 else 1)
        workers[stage] = min(needed, _most(stage, machine))
    settings = replace(base, workers={stage: workers[stage] for stage in STAGES})
    return with_extractor(settings, machine, engine.threads, engine.batch), engine


def forecast(settings: Settings, costs: Mapping[str, Cost], engine: Engine, machine: Machine) -> Forecast:
    """How a job would go by these settings."""
    most = {stage: settings.workers[stage] * _rate(_seconds(stage, costs[stage])) for stage in STAGES}
    threads = engine.threads if engine.device else settings.extractor_threads
    most["extractor"] = settings.workers["extractor"] * replace(engine, threads=threads).most
    core = sum(costs[stage].core for stage in STAGES if stage != "extractor") + engine.cost.core
    slowest = min(STAGES, key=lambda stage: most[stage])
    pace = min(machine.cores * _rate(core), most[slowest])
    waited_for = slowest if most[slowest] <= machine.cores * _rate(core) else None
    return Forecast(pace, {stage: min(1.0, pace / most[stage]) for stage in STAGES}, waited_for)


def neighbours(settings: Settings, ahead: Forecast, machine: Machine) -> Iterator[Settings]:
    """Settings that differ in one thing that may matter, those that matter most first."""
    for stage in sorted(("decoder", "loader", "thumbnailer"), key=lambda stage: -ahead.load[stage]):
        count = settings.workers[stage]
        if ahead.load[stage] >= LOADED and count < _most(stage, machine):
            yield _with(settings, stage, count + 1)
        if count > 1:
            yield _with(settings, stage, count - 1)
    extractors, threads = settings.workers["extractor"], settings.extractor_threads
    batch = settings.batch["extractor"]
    if threads < machine.cores:
        yield with_extractor(settings, machine, threads + 1, batch)
    if threads > 1:
        yield with_extractor(settings, machine, threads - 1, batch)
    if threads >= SPLIT:
        split = _with(settings, "extractor", 2 * extractors)
        yield with_extractor(split, machine, ceil(threads / 2), batch)


def limited(machine: Machine, cores: int | None = None, share: float | None = None) -> Machine:
    """What may be used of a machine: so many ``cores``, or a ``share`` of cores and memory. BadArgument for what it has
    not."""
    if cores is not None and not 1 <= cores <= machine.cores:
        raise BadArgument(f"This machine has {machine.cores} cores for aptl3: give 1 to {machine.cores}, not {cores}.")
    if share is not None and not 0 < share <= 1:
        raise BadArgument(f"A share of the machine is more than 0 and at most 1, as in 0.5: not {share:g}.")
    part = share or 1.0
    most = machine.cores if cores is None else cores
    return replace(machine, cores=min(most, max(1, round(part * machine.cores))), memory=int(part * machine.memory))


def reason(per_second: float, costs: Mapping[str, Cost], settings: Settings, machine: Machine) -> str:
    """What holds the rate down, in a sentence: of a job that ran at ``per_second``, its stages taking ``costs``."""
    used = {stage: per_second * costs[stage].core for stage in STAGES}
    if sum(used.values()) >= BUSY * machine.cores:
        stage = max(STAGES, key=lambda stage: used[stage])
        return f"The {stage} holds the others back: {used[stage]:.1f} of {machine.cores} cores."
    samples = {}
    for stage in STAGES:
        workers = settings.workers[stage]
        busy = min(1.0, per_second * costs[stage].wall / workers)
        samples[stage] = Sample(workers, workers, 1.0, busy, per_second)
    stage_waited_for = limiting(samples)
    if stage_waited_for is None:
        return f"No stage holds the others back: {sum(used.values()):.1f} of {machine.cores} cores."
    why = ", waiting for the drive" if stage_waited_for in WAIT else ""
    share = 100 * samples[stage_waited_for].busy
    return f"The {stage_waited_for} holds the others back: it is busy for {share:.0f} % of the time{why}."


def memory(settings: Settings, of_worker: Mapping[str, int]) -> int:
    """Bytes that a job takes: its workers, one of each stage taking ``of_worker``, and what is open."""
    return sum(count * of_worker[stage] for stage, count in settings.workers.items()) + settings.open_bytes


def fitted(settings: Settings, of_worker: Mapping[str, int], machine: Machine) -> Settings:
    """``settings`` with as few workers less, and as little less open, as brings them into the machine's memory; the
    least that works at all where there is not even room for that."""
    room = MEMORY * machine.memory
    while memory(settings, of_worker) > room:
        many = [stage for stage in STAGES if settings.workers[stage] > 1]
        if many:
            stage = max(many, key=lambda stage: settings.workers[stage] * of_worker[stage])
            settings = _with(settings, stage, settings.workers[stage] - 1)
        elif settings.open_bytes > LEAST_OPEN:
            settings = replace(settings, open_bytes=max(LEAST_OPEN, settings.open_bytes // 2))
        else:
            break
    return settings


def fits(settings: Settings, of_worker: Mapping[str, int], machine: Machine) -> bool:
    return memory(settings, of_worker) <= MEMORY * machine.memory


def _with(settings: Settings, stage: str, count: int) -> Settings:
    return replace(settings, workers={**settings.workers, stage: count})


def _most(stage: str, machine: Machine) -> int:
    """Workers that may be of use: no more can compute than there are cores, and one that waits for its next file."""
    return max(LOADERS, machine.cores) if stage == "loader" else machine.cores + 1


def _seconds(stage: str, cost: Cost) -> float:
    """Of one worker, for an item. What decodes and encodes computes only: where that took longer by the clock, somebody
    else had the core, which says nothing of the stage."""
    waits = stage in WAIT and cost.wall > WAITING * cost.core
    return cost.wall if waits else cost.core


def _rate(seconds: float) -> float:
    return 1 / seconds if seconds > 0 else inf
