"""Which task is to blame when a worker dies, and when to give it up. Pure: takes events, holds keys.

The tasks that a worker had begun when it died become suspects, and so do those of a batch that can't be read. Each
suspect is run alone: in a batch of one, in a worker that holds nothing else. If the worker dies then too, that is a
strike, and a task with ``attempts`` strikes is given up. So a task that kills costs ``attempts`` + 1 workers at most,
and no other task is refused on its account.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence


class Suspects:
    """The suspects of one stage. ``len()`` counts those that wait to be run alone."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._waiting: deque[Hashable] = deque()
        self._strikes: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def accuse(self, keys: Sequence[Hashable]) -> Hashable | None:
        """A worker died over this batch, not empty; or it has several tasks and can't be read. Returns the task that is
        given up now, if any."""
        if len(keys) > 1:
            self._waiting.extend(keys)
            return None
        (key,) = keys
        self._strikes[key] = self._strikes.get(key, 0) + 1
        if self._strikes[key] >= self._attempts:
            del self._strikes[key]
            return key
        self._waiting.append(key)  # behind the others: they should not wait for a task that kills again
        return None

    def next(self) -> Hashable:
        """The next to run alone. IndexError when there is none."""
        return self._waiting.popleft()

    def clear(self, key: Hashable) -> None:
        """The task was answered."""
        self._strikes.pop(key, None)

    def cancel(self, unwanted: Callable[[Hashable], bool]) -> list[Hashable]:
        """Drops waiting suspects; returns their keys."""
        dropped = [key for key in self._waiting if unwanted(key)]
        gone = set(dropped)
        self._waiting = deque(key for key in self._waiting if key not in gone)
        for key in dropped:
            self.clear(key)
        return dropped
