"""How often workers may die before their stage is given up. Pure: takes events and times.

Only deaths that no task can be blamed for are recorded here: while starting, or while idle.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RestartIntensity:
    """More than ``limit`` deaths within ``period`` seconds are too many.

    A death is forgotten after ``period``, but only when a worker has become ready since: workers that take longer to
    fail at starting than ``limit`` deaths should last would otherwise be started for ever.
    """

    limit: int = 10
    period: float = 60.0
    _deaths: list[float] = field(default_factory=list, init=False)

    def record(self, now: float) -> bool:
        """A worker died at ``now``; True when that was one too many."""
        self._deaths.append(now)
        return len(self._deaths) > self.limit

    def ready(self, now: float) -> None:
        """A worker has become ready."""
        self._deaths = [death for death in self._deaths if now - death < self.period]
