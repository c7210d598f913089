"""An ingestion hosted by whoever measures it: the real stages, over processes or in this one, in a library of its own.

Guarantees: nothing is built beside the files' way (no index, no alignment, no model of words), so that all the time
that is measured is the stages'; worker counts stay as they are given.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from aptl3.actors import requests as r
from aptl3.actors.ingestion import Ingestion
from aptl3.actors.messages import Identity
from aptl3.actors.pipeline import Places, frame_pool, specs
from aptl3.actors.runtime.frames import FrameMemory, FramePool
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.config import STAGES, Settings
from aptl3.errors import Aptl3Error
from aptl3.models.registry import DEFAULTS, get
from aptl3.records.job import JobState
from aptl3.storage.store import Store

DEADLINE = 300.0  # seconds for a job over a sample: the first one may have to convert a model

Make = Callable[[Sequence[ChildSpec], FramePool], Runner]


@dataclass(frozen=True)
class Cost:
    """Seconds that the workers of a stage take for an item: of core time, all their threads together, and by the clock,
    where waiting for a drive or a GPU counts too, and for a core that another process has."""

    core: float
    wall: float


@dataclass(frozen=True)
class Passed:
    """A job over a sample, at its end: its files, the seconds from its submission, what each stage took for a file."""

    files: int
    seconds: float
    costs: dict[str, Cost]


class Host:
    """The ingestion of the library at ``places.root``, which is made; a context manager. ``make`` makes what runs the
    stages, ``models`` are the operations that make the library embed with what another one does (``models_of``)."""

    def __init__(
        self, places: Places, settings: Settings, make: Make, models: Sequence[r.WriterOperation] = ()
    ) -> None:
        self._pool = frame_pool(settings)
        children = [replace(one, build=_Nothing) if one.name == "keeper" else one for one in specs(places, settings)]
        self._ingestion = Ingestion(places, settings, make(children, self._pool), self._pool)
        self._settings = settings
        self._models = models

    def __enter__(self) -> Host:
        self._ingestion.start()
        for operation in self._models:
            self._answered(lambda reply, one=operation: self._ingestion.operate(one, reply))  # type: ignore[misc]
        self._until(lambda: self._ingestion.settled)
        self._ingestion.set_workers(self._settings.workers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ingestion.close(0.0 if error is not None else 2.0)
        self._pool.close()

    @property
    def pids(self) -> dict[str, list[int]]:
        """The processes of each stage."""
        return self._ingestion.pids()

    def ingest(self, folder: Path) -> Passed:
        """A job over the files of ``folder``, which the library does not know. Raises what ended it before its end, in
        one line, and Aptl3Error when none of the files was any good."""
        self._until(lambda: self._ingestion.idle)
        before, start = self._ingestion.statistics(), time.perf_counter()
        number = self._answered(lambda reply: self._ingestion.submit([os.fspath(folder)], {}, reply))
        self._until(lambda: self._ingestion.settled)
        seconds, after = time.perf_counter() - start, self._ingestion.statistics()
        job = self._ingestion.job(number)
        if job.state is not JobState.DONE:
            raise Aptl3Error(job.error or f"The job over the sample is {job.state.value}.")
        if not job.counts.added:
            raise Aptl3Error("No file of the sample is any good: `aptl3 ingest` it, and `aptl3 failures` says why.")
        files = job.counts.found
        costs = {
            stage: Cost(
                (after[stage].cpu_seconds - before[stage].cpu_seconds) / files,
                (after[stage].busy_seconds - before[stage].busy_seconds) / files,
            )
            for stage in STAGES
        }
        return Passed(files, seconds, costs)

    def _answered(self, ask: Callable[[Callable[[Any], None]], None]) -> Any:
        answers: list[Any] = []
        ask(answers.append)
        self._until(lambda: bool(answers))
        if isinstance(answers[0], Aptl3Error):
            raise answers[0]
        return answers[0]

    def _until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not done():
            if time.monotonic() > end:
                raise Aptl3Error(f"The sample is not through after {DEADLINE:.0f} s: name fewer or other files.")
            self._ingestion.step(0.05)


class _Nothing:
    """In place of the keeper: what it is asked for is not wanted here."""

    def __init__(self, *_: object, memory: FrameMemory) -> None:
        del memory

    def run(self, batch: Sequence[r.KeeperTask]) -> list[None]:
        return [None] * len(batch)


def models_of(store: Store) -> list[r.WriterOperation]:
    """What makes a new library embed with the models of this one. A model that cannot be described here (its package
    is away) is left out, as jobs do."""
    active = store.active(DEFAULTS)
    operations: list[r.WriterOperation] = []
    for ref in active:
        stored, probe = store.model(ref.name), store.probe(ref.name)
        if stored is None or probe is None:
            continue
        try:
            spec = get(ref)
        except Aptl3Error:
            continue
        identity = Identity(ref.name, stored.fingerprint, "", probe)
        operations.append(r.AddModels((r.Introduced(spec, identity, ref.weights),)))
    names = {ref.name for ref in active}
    operations += [r.RemoveModel(name, default=True) for name in DEFAULTS if name not in names]
    return operations
