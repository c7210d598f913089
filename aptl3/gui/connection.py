"""The half of the service that lives in its thread: the connection to the supervisor, and what the catalog says of jobs
that no supervisor works on.

Guarantees: a supervisor that nobody needs is let go, so that it ends by itself, and none is started but by ``ask``;
what goes on is found whoever began it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aptl3.errors import LibraryMissing, ServiceHung, ServiceUnavailable
from aptl3.records.job import Job, JobState
from aptl3.service.client import Client
from aptl3.service.hung import end_hung
from aptl3.service.settings import settings_of
from aptl3.storage.store import Store

UNDER_WAY = (JobState.RUNNING, JobState.QUEUED)
HANG = 30.0  # seconds after which a supervisor that does not say how it is counts as hung
STILL = 3.0  # seconds that one which hung has to answer after all
PATHS = 2  # of a job that are told: one is shown, and that there are more


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline, counted since its supervisor started."""

    workers: int  # processes that should run
    ready: int  # of them, those that can work
    queued: int  # tasks that no worker has yet
    in_flight: int  # tasks that a worker has
    done: int  # tasks answered
    refused: int
    restarts: int  # workers that died and were replaced
    per_second: float  # tasks answered, over the last seconds
    busy: float  # share of the workers' time that they worked, over the last seconds, 0 to 1
    fill: float  # of the items that may be under way, the share that waits here or is worked on, 0 to 1

    @property
    def waiting(self) -> int:
        """Tasks that wait or are worked on."""
        return self.queued + self.in_flight

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Stage:
        return cls(*(document[one.name] for one in fields(cls)))


@dataclass(frozen=True)
class Situation:
    """``jobs``: under way first, then those that wait, then those that rest and can be gone on with, newest first.
    ``ended``: those that have come to their end since they were under way, or since the last look. ``stages``: by name;
    None when no supervisor works. ``workers``: how many of each stage work on a job. ``expecting``: somebody has just
    asked for a job that is not there yet. ``newest``: the number of the job that was begun last; 0 before the first,
    None before anybody looked. ``limiting``: the stage that holds the others back."""

    jobs: tuple[Job, ...] = ()
    ended: tuple[Job, ...] = ()
    stages: Mapping[str, Stage] | None = None
    workers: Mapping[str, int] = field(default_factory=dict)
    expecting: bool = False
    newest: int | None = None
    limiting: str | None = None

    @property
    def under_way(self) -> list[Job]:
        return [job for job in self.jobs if job.state in UNDER_WAY]

    @property
    def resting(self) -> list[Job]:
        return [job for job in self.jobs if job.state not in UNDER_WAY]


class Connection:
    """To the supervisor of the library in ``root``, and to the library itself; both are opened when they are needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._client: Client | None = None
        self._store: Store | None = None
        self._defaults: Mapping[str, int] | None = None
        self._hangs = False

    def close(self) -> None:
        self._part()
        if self._store is not None:
            self._store.close()
            self._store = None

    def ask(self, do: str, details: Mapping[str, Any], workers: str = "", *, create: bool = False) -> Any:
        """One request to the supervisor, which is started when none runs, with these ``workers``. ``create``: and the
        library too."""
        if self._client is None:
            self._client = Client.start(self._root, workers, create=create)
        return self._client.ask(do, **details)

    def again(self, jobs: Sequence[int], workers: str) -> None:
        """Goes on with ``jobs``, or with all that were under way: a supervisor that hangs is ended before that."""
        self._part()
        try:
            self._client = self._running()
        except ServiceHung:
            end_hung(self._root)
        under_way = [job.id for job in self._unfinished() if job.state in UNDER_WAY]
        for job in jobs or under_way:
            self.ask("resume", {"job": job}, workers)

    def look(self, watched: Collection[int], newest: int | None, chosen: Mapping[str, int]) -> Situation:
        """How things are. ``watched``: jobs whose end is to be told, beside those begun after ``newest``, which may be
        over before anybody looks; ``chosen``: worker counts for the next supervisor.

        Raises ServiceUnavailable when the supervisor was lost in the middle of a job, or hangs.
        """
        if self._client is None and any(job.state in UNDER_WAY for job in self._unfinished()):
            self._client = self._running()
        status = None if self._client is None else self._status(self._client)
        active = [] if status is None else [Job.from_json(document) for document in status["jobs"]]
        known = {job.id for job in active}
        rest = [job for job in reversed(self._unfinished()) if job.id not in known]
        if status is None:
            rest = [job.unattended() for job in rest]
        last = self._newest()
        begun = () if newest is None else range(newest + 1, last + 1)
        gone = {*watched, *begun}.difference(known, (job.id for job in rest))
        ended = tuple(job for number in sorted(gone) if (job := self._job(number)) is not None)
        if not active:
            self._part()
        jobs = (*active, *rest)
        if status is None or not active:
            return Situation(jobs, ended, workers={**self._workers, **chosen}, newest=last)
        stages = {name: Stage.of(document) for name, document in status["stages"].items()}
        return Situation(jobs, ended, stages, status["workers"], newest=last, limiting=status["limiting"])

    @property
    def _workers(self) -> Mapping[str, int]:
        """How many a supervisor takes by itself, on this machine."""
        if self._defaults is None:
            self._defaults = settings_of(self._root).workers
        return self._defaults

    def _status(self, client: Client) -> dict[str, Any] | None:
        """None when the supervisor has gone, as somebody told it to."""
        try:
            return dict(client.ask("status", within=HANG, paths=PATHS))
        except ServiceUnavailable as error:
            self._hangs = isinstance(error, ServiceHung)
            self._part()
            if any(job.state in UNDER_WAY for job in self._unfinished()):
                raise
            return None

    def _running(self) -> Client | None:
        try:
            client = Client.running(self._root, STILL if self._hangs else HANG)
        except ServiceHung:
            self._hangs = True  # and is asked again, without much patience: somebody may want to end it
            raise
        self._hangs = False
        return None if client is None else client.agreed()

    def _part(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _unfinished(self) -> list[Job]:
        store = self._opened()
        return [] if store is None else store.unfinished()

    def _newest(self) -> int:
        store = self._opened()
        return 0 if store is None else store.newest_job()

    def _job(self, number: int) -> Job | None:
        store = self._opened()
        return None if store is None else store.job(number)

    def _opened(self) -> Store | None:
        """None while there is no library."""
        if self._store is not None and not os.path.exists(self._store.layout.catalog):
            self._store.close()
            self._store = None
        if self._store is None:
            try:
                self._store = Store.open(self._root)
            except LibraryMissing:
                return None
        return self._store
