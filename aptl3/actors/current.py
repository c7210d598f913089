"""The job that is worked on: where it stands, and the time that it has taken since that was last noted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aptl3.actors.feed import Feed
from aptl3.records.job import JobState

CLOCK = 1.0  # seconds between two notes of the time worked


@dataclass
class Current:
    """``ending`` is the state that it will have when nothing is in flight any more."""

    id: int
    feed: Feed
    ending: JobState | None = None
    error: str | None = None
    finishing: bool = False  # all files are through
    ended: bool = False  # its last word is with the writer
    clock: float = field(default_factory=time.monotonic)

    @property
    def worked(self) -> float:
        """Seconds that are not noted yet."""
        return time.monotonic() - self.clock

    @property
    def due(self) -> bool:
        """Whether they should be."""
        return not self.finishing and self.worked > CLOCK

    def note(self) -> float:
        """The same seconds, which count as noted from now on."""
        seconds = self.worked
        self.clock += seconds
        return seconds
