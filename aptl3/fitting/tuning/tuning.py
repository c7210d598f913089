"""The tuning itself: measures costs, works out settings, and has them race with their neighbours in short real runs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from aptl3.actors import requests as r
from aptl3.actors.pipeline import Places
from aptl3.config import Machine, Settings, default_settings
from aptl3.errors import LibraryMissing
from aptl3.fitting.tuning import choice, sample
from aptl3.fitting.tuning.alone import Measuring, measured
from aptl3.fitting.tuning.choice import Engine
from aptl3.fitting.tuning.hosting import Cost, models_of
from aptl3.fitting.tuning.race import best, race
from aptl3.fitting.tuning.report import Report, Way
from aptl3.fitting.tuning.trial import Run, run
from aptl3.records.tuning import Tuning
from aptl3.storage.store import Store

ALL = 48.0  # seconds after which no more is run
RUN = 1.5  # seconds that one should take, when workers are up
# Files before a run, for each core, and at the least: batches that grow, and then some of full size for each of two
# extractors, which have compiled blocks by the end of that.
WARM_UP, FEWEST_BEFORE = 16, 64
COSTS = 48  # files whose costs are measured
FEWEST = 24  # files of a run: what is slow takes longer then

Progress = Callable[[float, str], None]


def tune(
    root: Path,
    work: Path,
    cache: Path,
    files: Sequence[str],
    machine: Machine,
    usable: Machine,
    progress: Progress,
    seconds: float = ALL,
) -> Report:
    """Settings for the library at ``root``, which is only read and need not be there yet, from a sample of ``files``.

    Args:
        work: an empty folder for libraries that are made.
        machine, usable: the whole machine, and what may be used of it: this process must be confined to that.
        progress: is told the share of the way that is behind, 0 to 1, and what is being done.
        seconds: after which no more is run; with 0 nothing is compared with what the costs suggest.
    """
    began = time.perf_counter()
    course = _Course(root, work, cache, files, max(FEWEST_BEFORE, WARM_UP * usable.cores))
    progress(0.0, "measuring each stage")
    first = default_settings(usable)
    alone, offered = course.alone(first, usable)
    chosen, engine = choice.choose(alone, offered, usable)
    alone = {**alone, "extractor": engine.cost}
    ahead = choice.forecast(chosen, alone, engine, usable)
    course.length = max(FEWEST, round(RUN * ahead.per_second))
    progress(0.1, "running as the costs suggest")
    suggested = course.run(chosen)
    of_worker = suggested.memory
    fitted = choice.fitted(chosen, of_worker, usable)
    made = [suggested.per_second] if fitted == chosen else []  # the first run of the race need not be made again
    chosen = fitted
    others = [one for one in (*choice.neighbours(chosen, ahead, usable), first) if choice.fits(one, of_worker, usable)]
    ways = race(
        list({str(Way(one)): one for one in (chosen, *others)}.values()),
        lambda settings: made.pop() if made else course.run(settings).per_second,
        max(0.0, seconds - (time.perf_counter() - began)),
        time.perf_counter,
        lambda share, way: progress(0.2 + 0.8 * min(1.0, share), f"running with {way}"),
    )
    kept = best(ways)
    last = course.last[str(kept)]
    return Report(
        usable=usable,
        files=len(files),
        size=course.size,
        costs=alone,
        engines=tuple(offered),
        used={stage: last.per_second * cost.core for stage, cost in last.costs.items()},
        memory=last.memory,
        ways=tuple(ways),
        tuning=_tuning(kept, last, machine, usable),
        seconds=time.perf_counter() - began,
    )


class _Course:
    """The sample, laid out, and the runs over it, each in a library of its own. ``warm_up``: files before a run, of
    which a quarter of the sample is the most; ``length``: files of a run; ``last``: the last run of each way."""

    def __init__(self, root: Path, work: Path, cache: Path, files: Sequence[str], warm_up: int) -> None:
        self._work = work
        self._cache = cache
        self._models = _models(root)
        warm = min(warm_up, len(files) // 4)
        self._warm_up = sample.lay(sample.spread(files, warm), work / "warm-up")
        used = set(sample.spread(files, warm))
        self._files = [path for path in files if path not in used]
        self._runs = 0
        self.length = FEWEST
        self.last: dict[str, Run] = {}
        self.size = sum(_size(path) for path in files) // len(files)

    def alone(self, settings: Settings, machine: Machine) -> tuple[dict[str, Cost], list[Engine]]:
        """What each stage costs, and the ways that there are for an extractor."""
        folder = sample.lay(sample.spread(self._files, COSTS), self._work / "few")
        places = Places(self._work / "alone", self._cache)
        costs, engines = measured(Measuring(places, settings, machine, self._warm_up, folder, self._models))
        as_it_is = Engine(settings.extractor_threads, settings.batch["extractor"], costs["extractor"])
        return costs, engines or [as_it_is]

    def run(self, settings: Settings) -> Run:
        folder = self._work / f"files-{self.length}"
        if not folder.exists():
            sample.lay(sample.spread(self._files, self.length), folder)
        self._runs += 1
        places = Places(self._work / f"run-{self._runs}", self._cache)
        done = run(places, settings, self._warm_up, folder, self._models)
        shutil.rmtree(places.root, ignore_errors=True)
        self.last[str(Way(settings))] = done
        return done


def _tuning(kept: Way, last: Run, machine: Machine, usable: Machine) -> Tuning:
    return Tuning(
        settings=replace(kept.settings, cores=usable.cores if usable.cores < machine.cores else None),
        machine=machine,
        when=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        per_second=kept.rate,
        reason=choice.reason(last.per_second, last.costs, kept.settings, usable),
    )


def _models(root: Path) -> list[r.WriterOperation]:
    try:
        with Store.open(root) as store:
            return models_of(store)
    except LibraryMissing:
        return []


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # it has gone meanwhile, as files may
        return 0
