"""A short real run: the sample through the pipeline as it will work, with settings that are to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from aptl3.actors import requests as r
from aptl3.actors.pipeline import Places
from aptl3.actors.runtime.supervisor import Supervisor
from aptl3.config import STAGES, Settings
from aptl3.fitting.tuning.hosting import Cost, Host
from aptl3.fitting.tuning.sample import chill


@dataclass(frozen=True)
class Run:
    """``per_second``: files. ``costs`` as they are when all work at once; ``memory``: bytes that one worker of a stage
    takes for itself."""

    per_second: float
    costs: dict[str, Cost]
    memory: dict[str, int]


def run(
    places: Places, settings: Settings, warm_up: Path, sample: Path, models: Sequence[r.WriterOperation] = ()
) -> Run:
    """The files of ``sample`` through workers that are up and have opened their models, which ``warm_up`` is for. The
    library at ``places.root`` is made for it."""
    with Host(places, settings, partial(Supervisor, fork=True), models) as host:
        host.ingest(warm_up)
        chill(sample)
        passed = host.ingest(sample)
        memory = {stage: max(map(_private, host.pids[stage]), default=0) for stage in STAGES}
    return Run(passed.files / passed.seconds, passed.costs, memory)


def _private(pid: int) -> int:
    """Bytes of a process that it shares with nobody; 0 where the system does not tell."""
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error:
        return 0
