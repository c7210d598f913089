"""How much of the machine a job that should not be in the way takes: lower priority, and fewer cores on battery or when
others want them. The policy is pure; what carries it out lies below it.

The number of cores goes down when two looks in a row say so, and up again only after several: a job that gives way and
comes back all the time is in the way, too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

DOWN, UP = 2, 10  # looks in a row that say so
_AUTOGROUP = Path("/proc/self/autogroup")
NICE = 10  # of 0 to 19: others that compute have nine times our share of a core


def courtesy(cores: int, others: float, unplugged: bool) -> int:
    """Of ``cores``, how many may be used while other programs use ``others`` of them: what they leave, half of all on
    battery, and one always."""
    left = cores - round(others)
    return max(1, min(left, cores // 2 if unplugged else cores))


class Courtesy:
    """The same in time. ``cores``: that there are; ``allowed``: that may be used now."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self.allowed = cores
        self.reason = ""  # why these are not all, in words
        self._wishes: list[int] = []

    def look(self, others: float, unplugged: bool) -> bool:
        """Takes in how things are; whether ``allowed`` has changed."""
        wish = courtesy(self.cores, others, unplugged)
        if wish == self.allowed or (self._wishes and (wish > self.allowed) != (self._wishes[-1] > self.allowed)):
            self._wishes.clear()
        if wish == self.allowed:
            return False
        self._wishes.append(wish)
        if len(self._wishes) < (DOWN if wish < self.allowed else UP):
            return False
        self.allowed = max(self._wishes) if wish < self.allowed else min(self._wishes)
        self._wishes.clear()
        self.reason = "" if self.allowed == self.cores else "on battery" if unplugged else "others compute"
        return True


def on_battery() -> bool:
    """False where there is no battery, or nobody knows of it."""
    import psutil

    with suppress(Exception):  # what a driver tells may be anything, and psutil raises anything then
        battery = psutil.sensors_battery()
        return battery is not None and battery.power_plugged is False
    return False


def lower() -> None:
    """Gives this process and all below it a lower priority; those that they start inherit it. There is no way back but
    for an administrator."""
    import psutil

    for pid in _family():
        with suppress(psutil.Error, OSError):  # it has just ended
            if sys.platform == "win32":
                psutil.Process(pid).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            else:
                for thread in _threads(pid):
                    os.setpriority(os.PRIO_PROCESS, thread, max(NICE, os.getpriority(os.PRIO_PROCESS, thread)))
    # Where Linux shares the processor among sessions first (CONFIG_SCHED_AUTOGROUP, sched(7)), a priority counts within
    # one alone: a supervisor that has a session of its own lowers that too.
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        with suppress(OSError):
            _AUTOGROUP.write_text(str(NICE), "ascii")


def confine(cores: Iterable[int]) -> None:
    """Lets this process and all below it run on these cores only, where the system can (Linux, Windows): elsewhere
    worker counts alone keep them few."""
    import psutil

    chosen = list(cores)
    for pid in _family():
        with suppress(psutil.Error, OSError):
            if sys.platform == "win32":
                psutil.Process(pid).cpu_affinity(chosen)
            elif hasattr(os, "sched_setaffinity"):
                for thread in _threads(pid):
                    os.sched_setaffinity(thread, chosen)


def usable() -> list[int]:
    """The numbers of the cores that this process may run on now."""
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return list(range(os.cpu_count() or 1))


def _family() -> Iterator[int]:
    """This process and all below it, one after the other: what they start later is as they are. Those below come twice,
    as one may just have been starting another when it came."""
    import psutil

    yield os.getpid()
    for _ in range(2):
        with suppress(psutil.Error, OSError, ValueError):  # a system that does not tell who is there
            yield from [child.pid for child in psutil.Process().children(recursive=True)]


def _threads(pid: int) -> list[int]:
    """On Linux priority and cores are each thread's own."""
    try:
        return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return [pid]
