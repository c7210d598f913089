"""Python's garbage collector, in the interface's thread only.

By itself it runs in whatever thread allocates. There it would destroy widgets that are part of a cycle (one that is in
the closure of its own button, say), which Qt allows in the interface's thread only: the process crashes, rarely and far
from the cause.
"""

from __future__ import annotations

import gc

from PyQt5.QtCore import QObject, QTimer

EVERY = 500  # ms
FULL = 20  # of these until all generations are looked through


class Garbage(QObject):
    """Collects now and then, until its ``end``. What is there when it is made is not looked at: a full collection then
    takes some milliseconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticks = 0
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(EVERY)

    def end(self) -> None:
        """Gives the collector back to all threads."""
        self._timer.stop()
        gc.collect()
        gc.unfreeze()
        gc.enable()

    def _collect(self) -> None:
        self._ticks += 1
        gc.collect(2 if self._ticks % FULL == 0 else 1)
