"""Time as the supervisor has watched it. Pure.

Deadlines and silences of workers are measured in watched time, which moves on only while someone looks: when the
supervisor itself was stopped, starved, or its machine was asleep, its workers are not to blame for their silence.
"""

from __future__ import annotations

LONGEST_STEP = 2.0  # seconds; the supervisor looks at least every second while it is well


class Watch:
    """A clock that runs no faster than it is looked at."""

    def __init__(self, now: float) -> None:
        self._last = now
        self.time = 0.0  # seconds watched

    def look(self, now: float) -> float:
        """Watched time at ``now``, a monotonic clock's."""
        self.time += min(max(0.0, now - self._last), LONGEST_STEP)
        self._last = now
        return self.time
