"""How far a job is, how fast, and how long it will take. Pure: it is told jobs and times."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from aptl3.records.job import Job, JobState

WINDOW = 15.0  # seconds over which the rate is taken: batches come in gusts
LEAST = 1.0  # seconds before anything is said of a rate


@dataclass(frozen=True)
class Progress:
    """``done`` of ``found`` files; ``rate`` in files/s over the last seconds, ``left`` in seconds; None: not known.
    ``listing``: more files may be found yet, so that it takes longer than ``left``."""

    done: int
    found: int
    rate: float | None
    left: float | None
    listing: bool

    @property
    def share(self) -> float:
        return self.done / self.found if self.found else 0.0


class Pace:
    """Follows one job at a time."""

    def __init__(self) -> None:
        self._job = 0
        self._notes: deque[tuple[float, int]] = deque()

    def rest(self) -> None:
        """Nothing goes on: what was done before says nothing of how fast it will be."""
        self._notes.clear()

    def note(self, job: Job, now: float) -> Progress:
        """The job as it is ``now``, in seconds of a clock that does not go back."""
        done = job.counts.found - job.pending
        if job.id != self._job:
            self._job = job.id
            self._notes.clear()
        if job.state is not JobState.RUNNING:
            self.rest()
            return Progress(done, job.counts.found, None, None, job.folders > 0)
        self._notes.append((now, done))
        while len(self._notes) > 2 and now - self._notes[1][0] >= WINDOW:
            self._notes.popleft()
        begin, first = self._notes[0]
        grown = done - first
        rate = grown / (now - begin) if grown > 0 and now - begin >= LEAST else None
        left = None if rate is None else job.pending / rate
        return Progress(done, job.counts.found, rate, left, job.folders > 0)
