"""How busy stages are, and which one holds the others back. Pure: it is told counts and times.

What is counted since the supervisor started says little of now; so the growth over the last seconds is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from aptl3.gui.connection import Stage

WINDOW = 5.0  # seconds
BUSY = 0.6  # share of a stage's time above which it can be what the others wait for
FULL = 0.05  # share of all that may be under way that waits for it, above which it is not just keeping up


@dataclass(frozen=True)
class Load:
    """``busy``: share of the workers' time that they worked, 0 to 1. ``waiting``: tasks that wait or are worked on;
    ``fill``: these as a share of what may be under way, 0 to 1."""

    busy: float = 0.0
    waiting: int = 0
    fill: float = 0.0


class Loads:
    """The loads of all stages, over the last seconds."""

    def __init__(self) -> None:
        self._notes: deque[tuple[float, Mapping[str, Stage]]] = deque()

    def clear(self) -> None:
        self._notes.clear()

    def note(self, stages: Mapping[str, Stage], room: int, now: float) -> dict[str, Load]:
        """The loads at ``now``, seconds of a clock that does not go back; ``room``: items that may be under way."""
        if self._notes and any(one.done < self._done(name) for name, one in stages.items()):
            self._notes.clear()  # another supervisor counts from the beginning
        self._notes.append((now, stages))
        while len(self._notes) > 2 and now - self._notes[1][0] >= WINDOW:
            self._notes.popleft()
        first = self._notes[0][1]
        return {name: _load(one, first.get(name), room) for name, one in stages.items()}

    def _done(self, name: str) -> int:
        before = self._notes[-1][1].get(name)
        return 0 if before is None else before.done


def limiting(loads: Mapping[str, Load]) -> str | None:
    """The stage that the others wait for: the busiest of those that have a queue; None when none is busy enough."""
    able = [name for name, one in loads.items() if one.busy >= BUSY and one.fill >= FULL]
    return max(able, key=lambda name: (loads[name].busy, loads[name].fill), default=None)


def _load(stage: Stage, before: Stage | None, room: int) -> Load:
    existed = stage.ready_seconds - (before.ready_seconds if before is not None else 0.0)
    worked = stage.busy_seconds - (before.busy_seconds if before is not None else 0.0)
    waiting = stage.queued + stage.in_flight
    return Load(min(1.0, max(0.0, worked / existed)) if existed > 0 else 0.0, waiting, min(1.0, waiting / max(1, room)))
