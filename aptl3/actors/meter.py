"""How many cores are used: by processes of ours, and by all others."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


class Meter:
    """Of this process and others that are named, on ``cores`` (their numbers), from one ``read`` to the next."""

    def __init__(self, cores: Sequence[int]) -> None:
        self._cores = cores
        self._processes: dict[int, psutil.Process] = {}
        self._spent: dict[int, float] = {}  # seconds of a core, by process

    def read(self, pids: Collection[int], seconds: float) -> tuple[float, float]:
        """Cores that these processes and this one used since the last time, ``seconds`` ago, and that others did. What
        a process did before it was first seen does not count, and what the system does not tell is 0."""
        import psutil

        spent: dict[int, float] = {}
        for pid in {*pids, os.getpid()}:
            with suppress(Exception):  # it has just ended, or /proc holds what psutil does not understand
                process = self._processes[pid] = self._processes.get(pid) or psutil.Process(pid)
                times = process.cpu_times()
                spent[pid] = times.user + times.system
        ours = sum(now - self._spent[pid] for pid, now in spent.items() if pid in self._spent) / max(seconds, 1e-9)
        self._processes = {pid: self._processes[pid] for pid in spent}
        self._spent = spent
        shares: list[float] = []
        with suppress(Exception):
            shares = psutil.cpu_percent(percpu=True)
        busy = sum(shares[core] for core in self._cores if core < len(shares)) / 100
        return ours, max(0.0, busy - ours)
