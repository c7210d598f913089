"""What goes through a mailbox. Tasks and answers are pickled one by one inside the message, so that one that can't be
unpickled spoils only itself."""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple


class Run(NamedTuple):
    """Supervisor → worker: work on this batch. Batches are answered in order; ``number`` counts up."""

    number: int
    tasks: list[bytes]


class Stop(NamedTuple):
    """Supervisor → worker: end when the batches that came before are answered."""


class Ready(NamedTuple):
    """Worker → supervisor: build() has returned."""


class Beat(NamedTuple):
    """Worker → supervisor: a sign of life, every second."""


class Done(NamedTuple):
    """Worker → supervisor: the answers to a batch, in order; ``busy`` is the time in run(), in seconds, ``cpu`` the
    processor time of the process, all its threads, since it said so last."""

    number: int
    answers: list[bytes]
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
