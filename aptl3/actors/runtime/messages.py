"""What goes through a mailbox. The tasks of a batch, or its answers, are pickled together inside the message: what they
name again and again, above all their classes, is then written and looked up once.

One that can't be unpickled spoils its whole batch. Each task of that is tried alone then, as if a worker had died of
the batch, and only the one that is to blame is refused.
"""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple

UNREADABLE = b""  # in place of answers: one of several tasks can't be unpickled


class Run(NamedTuple):
    """Supervisor → worker: work on this batch. Batches are answered in order; ``number`` counts up. ``tasks`` is a
    list, pickled; whether of ``several`` must be known when it can't be unpickled."""

    number: int
    several: bool
    tasks: bytes


class Stop(NamedTuple):
    """Supervisor → worker: end when the batches that came before are answered."""


class Ready(NamedTuple):
    """Worker → supervisor: build() has returned."""


class Beat(NamedTuple):
    """Worker → supervisor: a sign of life, every second."""


class Done(NamedTuple):
    """Worker → supervisor: the answers to a batch, a list in order, pickled; ``busy`` is the time in run(), in seconds,
    ``cpu`` the processor time of the process, all its threads, since it said so last."""

    number: int
    answers: bytes
    busy: float
    cpu: float


class Failed(NamedTuple):
    """Worker → supervisor: the stage can't go on; the worker ends. ``error``: the pickled exception, if it can be."""

    text: str
    error: bytes
    detail: str


Message = Run | Stop | Ready | Beat | Done | Failed


def dump(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def load(data: bytes) -> Any:
    return pickle.loads(data)
