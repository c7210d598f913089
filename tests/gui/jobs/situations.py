"""Jobs and situations as a supervisor would tell them."""

from __future__ import annotations

from aptl3.gui.connection import Situation, Stage
from aptl3.records.job import Job, JobCounts, JobState

HOLIDAY = "/home/somebody/Pictures/Holiday"


def job(
    id: int = 1,
    state: JobState = JobState.RUNNING,
    paths: tuple[str, ...] = (HOLIDAY,),
    pending: int = 0,
    folders: int = 0,
    error: str | None = None,
    **counts: int,
) -> Job:
    return Job(id, state, paths, JobCounts(**counts), 1.0, pending, folders, error)


def situation(*jobs: Job, expecting: bool = False) -> Situation:
    return Situation(jobs, expecting=expecting)


def stage(
    done: int = 0,
    queued: int = 0,
    in_flight: int = 0,
    workers: int = 1,
    ready: int = 1,
    restarts: int = 0,
    per_second: float = 0.0,
    busy: float = 0.0,
    fill: float = 0.0,
) -> Stage:
    return Stage(workers, ready, queued, in_flight, done, 0, restarts, per_second, busy, fill)
