"""How fast counters grow, over the last seconds. Pure: it is told counts and times."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

WINDOW = 5.0  # seconds
EVERY = 0.5  # seconds between two notes that are kept


class Rates:
    """Growth of counters by name."""

    def __init__(self) -> None:
        self._notes: deque[tuple[float, Mapping[str, int]]] = deque()

    def due(self, now: float) -> bool:
        """Whether it is time for another note."""
        return not self._notes or now - self._notes[-1][0] >= EVERY

    def note(self, now: float, counts: Mapping[str, int]) -> None:
        """The counts as they are now; what is older than the window is forgotten, but for one note."""
        self._notes.append((now, counts))
        while len(self._notes) > 2 and now - self._notes[1][0] >= WINDOW:
            self._notes.popleft()

    def per_second(self, name: str) -> float:
        """Growth a second between the oldest note and the latest; 0 for what is not known yet."""
        if len(self._notes) < 2:
            return 0.0
        (begin, first), (end, last) = self._notes[0], self._notes[-1]
        grown = last.get(name, 0) - first.get(name, 0)
        return grown / (end - begin) if end > begin else 0.0
