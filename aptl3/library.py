"""The Python face of it all.

>>> from aptl3 import Library
>>> with Library(folder / "library") as library:
...     job = library.ingest(folder / "photographs")
...     hits = library.search("a cup of coffee", limit=3)
>>> job.state.value
'done'
>>> hits[0].rank, hits[0].path is not None
(1, True)

Owns nothing but open handles: reading goes to the store, writing to the library's supervisor, which is started when it
is needed and ends by itself. Guarantees: values are returned and errors raised (``aptl3.errors``), nothing is printed.
One ``Library`` belongs to one thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.config import cache_dir, data_dir, this_machine
from aptl3.errors import BadArgument, LibraryMissing
from aptl3.records.failure import Failure
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job, JobState
from aptl3.records.query import Hit, Query
from aptl3.service.client import Client

if TYPE_CHECKING:
    from aptl3.fitting.evaluation.bench import Progress
    from aptl3.fitting.evaluation.evaluation import Plan
    from aptl3.fitting.evaluation.report import Report
    from aptl3.search.searcher import Answering, Searcher
    from aptl3.storage.store import Store

BUILD_DEADLINE = 4 * 3600.0  # seconds for the indexes of a library of millions
_Path = str | os.PathLike[str]


class Library:
    """The library in ``root``: by default where ``APTL3_DATA_DIR`` says, else the platform's folder for user data.

    It need not exist yet: the first ingestion creates it, reading from one that is not there raises LibraryMissing.
    """

    def __init__(self, root: _Path | None = None) -> None:
        self.root: Path = data_dir(root)
        self._store: Store | None = None
        self._searcher: Searcher | None = None

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of files and models. A supervisor that works on a job goes on with it."""
        if self._searcher is not None:
            self._searcher.close()
        if self._store is not None:
            self._store.close()
        self._store = self._searcher = None

    # ---- ingestion

    def ingest(self, *paths: _Path, workers: str = "", events: Callable[[Job], None] | None = None) -> Job:
        """Reads folders or files and returns the job when it rests; ``events`` gets it a few times a second meanwhile.

        ``workers`` sets worker counts, as in ``"decoder=4,extractor=1"``. Files known and unchanged are not read.
        Raises BadArgument for a path that is not there; bad files raise nothing: they are in ``failures()``.
        """
        chosen = self._absolute(paths)
        with Client.start(self.root, workers, create=True) as client:
            number = client.ingest(chosen, workers)
            try:
                for document in client.follow(number):
                    job = Job.from_json(document)
                    if events is not None:
                        events(job)
            except KeyboardInterrupt:  # the job stays resumable, as it does on the command line
                client.tell("interrupt", job=number)
                raise
        return job

    def submit(self, *paths: _Path, workers: str = "") -> int:
        """Starts reading folders or files and returns the job's number at once; ``follow`` tells how it goes."""
        chosen = self._absolute(paths)
        with Client.start(self.root, workers, create=True) as client:
            return client.ingest(chosen, workers)

    def follow(self, job: int) -> Iterator[Job]:
        """The job as it is, a few times a second, until it rests."""
        with Client.start(self.root) as client:
            yield from map(Job.from_json, client.follow(job))

    def remove(self, *paths: _Path) -> dict[str, int]:
        """Takes what lies at or under these paths out of the library; returns counts of what went. Touches no file."""
        with Client.start(self.root) as client:
            absolute = [os.path.abspath(path) for path in paths]
            counts: dict[str, int] = client.ask("remove", within=BUILD_DEADLINE, paths=absolute)
        return counts

    def rebuild_indexes(self) -> list[IndexRecord]:
        """Builds and measures the indexes anew, and waits for them."""
        with Client.start(self.root) as client:
            client.ask("index", within=BUILD_DEADLINE)
        return self.indexes()

    # ---- reading

    @property
    def store(self) -> Store:
        """The store, for reading."""
        if self._store is None:
            from aptl3.storage.store import Store

            self._store = Store.open(self.root)
        return self._store

    def search(
        self,
        *query: str | int | os.PathLike[str],
        like: Sequence[str | int | os.PathLike[str]] = (),
        unlike: Sequence[str | int | os.PathLike[str]] = (),
        limit: int = 20,
    ) -> list[Hit]:
        """The photographs that match all of the query best, best first.

        Each part is words, a path, a URL or a media id; ``like`` and ``unlike`` take a weight before it, as in
        ``"0.5:photo.jpg"``. Raises BadArgument for a query that makes no sense, ModelUnavailable when no model can
        embed it.
        """
        from aptl3.search.query import parse

        return self.searcher.search(Query(parse(query, like, unlike), limit))

    @property
    def searcher(self) -> Searcher:
        if self._searcher is None:
            from aptl3.search.searcher import Searcher

            self._searcher = Searcher(self.store, cache_dir())
        return self._searcher

    def status(self) -> dict[str, Any]:
        """What the library holds and what is going on; ``supervisor`` is None when none runs."""
        try:
            counts, models, jobs = self.store.counts(), self.store.models(), self.store.jobs()
        except LibraryMissing:
            return {
                "media": 0,
                "locations": 0,
                "thumbnails": 0,
                "failures": 0,
                "models": [],
                "jobs": [],
                "supervisor": None,
            }
        client = Client.running(self.root)
        supervisor = None
        if client is not None:
            with client:
                supervisor = client.ask("status")
        active = {job["job"]: job for job in supervisor["jobs"]} if supervisor else {}
        jobs = jobs if supervisor else [resting(job) for job in jobs]
        return {
            "media": counts.media,
            "locations": counts.locations,
            "thumbnails": counts.thumbnails,
            "failures": counts.failures,
            "models": [
                {"name": model.name, "dim": model.dim, "vectors": model.vectors, "indexed": model.indexed}
                for model in models
            ],
            "jobs": [active.get(job.id) or job.as_json() for job in jobs],
            "supervisor": supervisor,
        }

    def jobs(self) -> list[Job]:
        """All jobs, as last committed. Those that no supervisor works on any more are interrupted."""
        jobs = self.store.jobs()
        client = Client.running(self.root)
        if client is None:
            return [resting(job) for job in jobs]
        client.close()
        return jobs

    def failures(self) -> list[Failure]:
        """Files that gave no picture, with stage, reason and attempts."""
        return list(self.store.failures())

    def indexes(self) -> list[IndexRecord]:
        """The index that answers for each model that has one."""
        return [records[0] for model in self.store.models() if (records := self.store.indexes(model.name))]

    def answering(self) -> list[Answering]:
        """Which kind of index answers for each model with vectors, why, and what is wrong with it if anything is."""
        return self.searcher.answering()

    def evaluate(self, plan: Plan | None = None, progress: Progress | None = None) -> Report:
        """Measures every way between the library's models on its held-out captions (``fitting.evaluation``).

        ``progress`` is told (steps done, steps in all, what is being measured). What is measured is kept, so that an
        interrupted call goes on where it was. Raises BadArgument when there is nothing to judge by.
        """
        from aptl3.fitting.evaluation.evaluation import Plan, evaluate

        return evaluate(
            self.store,
            plan or Plan(),
            cache=cache_dir(),
            threads=this_machine().cores,
            progress=progress or (lambda done, total, what: None),
        )

    def verify(self) -> list[str]:
        """Checks the whole store; returns what is wrong, nothing when it is sound."""
        from aptl3.storage.verify import verify

        return verify(self.root)

    def backup(self, target: _Path) -> None:
        """Copies the library to a new folder, consistently, also while a job runs."""
        from aptl3.storage.backup import backup

        backup(self.root, Path(target))

    def _absolute(self, paths: Sequence[_Path]) -> list[str]:
        if not paths or "" in paths:
            raise BadArgument("Say what to ingest: folders or files.")
        absolute = [os.path.abspath(path) for path in paths]
        for path in absolute:
            if not os.path.lexists(path):
                raise BadArgument(f"{path} does not exist.")
        return absolute


def resting(job: Job) -> Job:
    """A job as it is when no supervisor runs."""
    under_way = job.state in (JobState.RUNNING, JobState.QUEUED)
    return replace(job, state=JobState.INTERRUPTED) if under_way else job
