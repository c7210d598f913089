"""What a stage is, as data, and the one method by which the runtime sees it.

A ``ChildSpec`` describes; ``supervisor`` executes. ``build`` and everything in ``args`` are pickled when a worker is
spawned, so ``build`` is a function of a module; that module should import heavy things inside ``build``, where the
worker's heartbeat already runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Stage(Protocol):
    """What ``build`` returns. It lives in one process and is called by that process's main thread only.

    If it has a method ``close()``, that is called when the worker is stopped in good order, and not when it is killed.

    If it has a method ``begin(batch)``, that is called in place of ``run``: it starts on a batch and returns what gives
    its answers, to be called once. The next batch is begun before the answers of one are waited for, so that what
    computes by itself (threads of a native library, a device) need not stand still in between.
    """

    def run(self, batch: Sequence[Any]) -> Sequence[Any]:
        """One answer for each task, in their order; a ``Refused`` for one that can't be done.

        When it raises, the tasks are run again one by one, and each that raises alone is refused as "crash". So what
        it does must bear being done twice. Exceptions of ``ChildSpec.fatal`` stop the whole supervisor instead.
        """
        ...


@dataclass(frozen=True)
class Refused:
    """The answer for a task that can't be done. The runtime's own reasons are "crash" and "timeout"."""

    reason: str
    error: str  # one line
    detail: str = field(default="", compare=False)  # a traceback, for the log


@dataclass(frozen=True)
class ChildSpec:
    """One stage: what its workers are built from and how they are looked after. Times in seconds.

    ``build(*args, memory=FrameMemory)`` runs in the worker. ``shared()`` imports what all workers of the stage need and
    starts no thread: where workers are forked it runs before the first, in the supervisor's process.
    """

    name: str
    build: Callable[..., Stage]
    args: tuple[Any, ...] = ()
    count: int = 1  # workers
    batch: int = 8  # tasks in a message, at most
    grows: bool = False  # the stage's first message has one task, the next two …: the first outcomes come soon
    credit: int = 2  # batches that a worker holds: one that it works on, one that waits; and one begun, if it overlaps
    linger: float = 0.0  # how long a task may wait for others to fill its batch
    deadline: float = 120.0  # for a batch; when it passes, its tasks are tried alone, with as much time for each
    attempts: int = 3  # deaths of a worker that one task may cause while it runs alone
    silence: float = 30.0  # without a sign of life, native code that holds the interpreter's lock included
    startup: float = 300.0  # until build() returns
    fatal: tuple[type[Exception], ...] = ()  # raised by run(): the stage itself can't go on (a full disk)
    shared: Callable[[], None] | None = None
    fork: bool | Callable[[], bool] = True  # now; False: a worker is a fresh interpreter, also where others are forked

    def __post_init__(self) -> None:
        if self.count < 0 or min(self.batch, self.credit, self.attempts) < 1:
            raise ValueError(f"stage {self.name}: batch, credit and attempts must be positive, count not negative")
        if self.linger < 0 or min(self.deadline, self.silence, self.startup) <= 0:
            raise ValueError(f"stage {self.name}: deadline, silence and startup must be positive, linger not negative")
