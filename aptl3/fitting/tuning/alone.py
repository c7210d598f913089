"""Costs measured in a process of their own: what it loads, and the threads that it starts, are not the supervisor's.

It is a stage like others, of a supervisor that has this one only: it ends with who started it, and its errors come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aptl3.actors import requests as r
from aptl3.actors.pipeline import Places
from aptl3.actors.runtime.frames import FrameMemory, FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import ChildSpec, Refused
from aptl3.actors.runtime.supervisor import Supervisor
from aptl3.config import Machine, Settings
from aptl3.errors import Aptl3Error, named
from aptl3.fitting.tuning.choice import Engine
from aptl3.fitting.tuning.hosting import Cost

Found = tuple[dict[str, Cost], list[Engine]]

DEADLINE = 900.0  # seconds: a model may have to be converted first


@dataclass(frozen=True)
class Measuring:
    """``folder``, measured after ``warm_up`` in a library that is made at ``places.root``; see ``costs`` and
    ``engines``, which the answer is the pair of."""

    places: Places
    settings: Settings
    machine: Machine
    warm_up: Path
    folder: Path
    models: Sequence[r.WriterOperation] = ()


def measured(task: Measuring) -> Found:
    """Raises what went wrong there."""
    pool = FramePool(1, 1)
    try:
        with Supervisor([ChildSpec("measuring", _Stage, deadline=DEADLINE, attempts=1)], pool) as supervisor:
            supervisor.submit("measuring", 0, task)
            outcomes: list[Outcome] = []
            while not outcomes:
                outcomes, _ = supervisor.poll(1.0)
    finally:
        pool.close()
    refused = outcomes[0].refused
    if refused is not None:
        raise named(refused.reason, refused.error)
    found: Found = outcomes[0].value
    return found


class _Stage:
    """``Measuring`` → ``Found``."""

    def __init__(self, *, memory: FrameMemory) -> None:
        del memory  # what it measures has its own

    def run(self, batch: Sequence[Measuring]) -> list[Found | Refused]:
        return [self._one(task) for task in batch]

    def _one(self, task: Measuring) -> Found | Refused:
        from aptl3.fitting.tuning.costs import costs
        from aptl3.fitting.tuning.engines import engines

        try:
            found = costs(task.places, task.settings, task.warm_up, task.folder, task.models)
            return found, engines(task.places, task.settings, task.machine)
        except Aptl3Error as error:
            return Refused(type(error).__name__, str(error))
