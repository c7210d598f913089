"""Ingestion: runs the jobs of one library over a supervisor of stages.

Owns the current job and the items under way. ``step`` is called over and over by whoever hosts it (the service's loop,
a test) and never waits longer than its timeout. Guarantees: one job at a time, in the order of submission; found files
are in the durable queue before any is read; pausing, cancelling and interrupting hand out nothing more and commit what
is in flight; what the user can mend ends the job with one line and leaves it resumable.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from aptl3.actors import messages as m
from aptl3.actors.flow import FATAL, Flow, Step
from aptl3.actors.layout import layout
from aptl3.actors.pipeline import Places, job_workers
from aptl3.actors.registration import Registration, Verdict
from aptl3.actors.runtime.frames import Frame, FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.upkeep import Reply, Upkeep, stale
from aptl3.config import Settings
from aptl3.errors import Aptl3Error, BadArgument, ServiceUnavailable, named
from aptl3.records.failure import Reason
from aptl3.records.job import Job, JobState
from aptl3.records.media import Products
from aptl3.records.model import ModelSpec
from aptl3.records.store import QueueItem
from aptl3.storage.store import Store

SCAN_ROOM = 1 << 16  # bytes: about eight hundred files a page; the longest path, escaped, takes 48 KiB
SCANS = 32  # pages under way at once: as many as one commit takes, so that small folders do not wait for each other
READ_AHEAD = 256  # queue items read from the catalog at a time
CRASHES = 8  # files in a row
CLOCK = 1.0  # seconds between two notes of the time worked


@dataclass
class _Current:
    """The job that is worked on. ``ending`` is the state that it will have when nothing is in flight any more."""

    id: int
    ending: JobState | None = None
    error: str | None = None
    cursor: int = 0
    items: deque[QueueItem] = field(default_factory=deque)
    folders: deque[tuple[str, str | None]] = field(default_factory=deque)
    scanning: dict[str, Frame | None] = field(default_factory=dict)
    more: bool = True  # the catalog may hold items or folders that were not read yet
    finishing: bool = False  # all files are through
    ended: bool = False  # its last word is with the writer
    clock: float = field(default_factory=time.monotonic)


class Ingestion:
    """Jobs of the library at ``places.root``; ``specs`` are the picture models that it embeds with."""

    def __init__(
        self,
        places: Places,
        settings: Settings,
        models: Sequence[ModelSpec],
        text_model: str,
        runner: Runner,
        pool: FramePool,
    ) -> None:
        self._places = places
        self._settings = settings
        self._models = {spec.name: spec for spec in models}
        self._runner = runner
        self._pool = pool
        self._wanted = Products(tuple(self._models), thumbnail=True)
        self._store: Store | None = None
        self._flow = Flow(
            pool,
            lambda hash: self.store.lacking(hash, self._wanted)[1],
            self._models,
            layout(models, settings.thumbnail),
            thumbnail=settings.thumbnail,
            max_file_bytes=settings.max_file_bytes,
        )
        self._current: _Current | None = None
        self._waiting: deque[int] = deque()
        self._replies: dict[int, Reply] = {}
        self._numbers = itertools.count(1)
        self._registration = Registration(runner, self._models)
        self._upkeep = Upkeep(runner, places.cache, text_model, lambda record: self._operate(m.AddIndex(record)))
        self._stopping = False
        self._starved = False  # the next item waits for memory: listings must not take it away
        self._crashes = 0  # of the extractor, one after the other
        self._errors: dict[int, str] = {}

    # ---- for the host

    def start(self) -> None:
        """Starts the writer, which creates the library if there is none, and settles what a lost supervisor left."""
        self._runner.start()
        self._operate(m.Settle(), self._opened)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store.open(self._places.root)
        return self._store

    @property
    def present(self) -> bool:
        """Whether the library is still where it was opened."""
        return self.store.layout.catalog.exists()

    @property
    def settled(self) -> bool:
        """No job is under way or waits, and the writer has answered everything."""
        waiting = self._waiting and not self._stopping
        return self._current is None and not waiting and not self._replies and not len(self._flow)

    @property
    def idle(self) -> bool:
        """Settled, and no index is being built either."""
        return self.settled and not self._upkeep.busy

    def step(self, timeout: float, also: Sequence[Any] = ()) -> list[Any]:
        """Hands out what there is room for and takes in what has come back; returns which of ``also`` are ready."""
        self._begin_next()
        self._hand_out()
        outcomes, ready = self._runner.poll(timeout, also)
        for outcome in outcomes:
            self._take_in(outcome)
        self._tick()
        return ready

    def close(self, deadline: float = 10.0) -> None:
        self._runner.stop(deadline)
        if self._store is not None:
            self._store.close()

    def statistics(self) -> Mapping[str, StageStatistics]:
        return self._runner.statistics()

    def pids(self) -> dict[str, list[int]]:
        """The processes of each stage."""
        return {stage: list(self._runner.pids(stage)) for stage in self._runner.statistics()}

    # ---- jobs

    def submit(self, paths: Sequence[str], options: Mapping[str, Any], reply: Reply) -> None:
        """Goes on with an unfinished job of the same paths, or creates one. Replies with its number."""
        self._refuse_when_stopping()
        for job in self.store.jobs():
            if job.paths == tuple(paths) and not job.state.over:
                reply(job.id)
                self._enqueue(job.id)
                return

        def created(answer: Any) -> None:
            if not isinstance(answer, Aptl3Error):
                self._enqueue(answer)
            reply(answer)

        self._operate(m.CreateJob(tuple(paths), json.dumps(dict(options))), created)

    def resume(self, job: int) -> None:
        """Puts a paused or interrupted job into the row of those to be worked on."""
        self._refuse_when_stopping()
        if self._stored(job).state.over:
            raise BadArgument(f"Job {job} is over: run `aptl3 ingest` on its folders again.")
        self._enqueue(job)

    def end(self, job: int, state: JobState) -> None:
        """Pauses, interrupts or cancels a job: hands out nothing more of it, commits what is in flight."""
        current = self._current
        if current is not None and current.id == job:
            current.ending = state
            for _, key in self._runner.cancel(lambda stage, key: cast(tuple[str, str], key)[0] == "scan"):
                self._drop_scan(cast(tuple[str, str], key)[1])
        elif self._stored(job).state.over:
            raise BadArgument(f"Job {job} is over already.")
        else:
            self._waiting = deque(other for other in self._waiting if other != job)
            self._operate(m.ChangeJob(job, state))

    def job(self, number: int) -> Job:
        """The job as it is now; the time since the last commit counts too."""
        job = self._stored(number)
        current = self._current
        if current is not None and current.id == number:
            worked = job.seconds + time.monotonic() - current.clock
            return replace(job, seconds=worked, state=JobState.RUNNING, error=current.error)
        if number in self._waiting:
            return replace(job, state=JobState.QUEUED)
        if job.state in (JobState.RUNNING, JobState.QUEUED):  # its end could not be stored: the disk is full
            job = replace(job, state=JobState.INTERRUPTED)
        return replace(job, error=self._errors[number]) if number in self._errors else job

    def active(self) -> list[dict[str, Any]]:
        """The job under way and those that wait, as JSON documents."""
        numbers = ([self._current.id] if self._current else []) + list(self._waiting)
        return [self.job(number).as_json() for number in numbers]

    def index(self, reply: Reply) -> None:
        """Has indexes of all models built anew as soon as no job is under way; replies when they are in the catalog."""
        self._upkeep.index(self._models, reply)

    def stop(self) -> None:
        """Interrupts all jobs; what is in flight is committed. An index that is being built is given up."""
        self._stopping = True
        self._upkeep.give_up()
        for number in ([self._current.id] if self._current else []) + list(self._waiting):
            self.end(number, JobState.INTERRUPTED)

    def operate(self, operation: m.WriterOperation, reply: Reply) -> None:
        """Has the writer carry out one operation that belongs to no job."""

        def done(answer: Any) -> None:
            self._upkeep.index(stale(self.store))
            reply(answer)

        self._operate(operation, done)

    def set_workers(self, workers: Mapping[str, int]) -> None:
        """Changes worker counts of a running job, and of those to come."""
        self._settings = replace(self._settings, workers={**self._settings.workers, **workers})
        if self._current is not None:
            self._scale()

    # ---- inside

    def _stored(self, number: int) -> Job:
        job = self.store.job(number)
        if job is None:
            raise BadArgument(f"There is no job {number}: `aptl3 jobs` lists them.")
        return job

    def _opened(self, answer: Any) -> None:
        if isinstance(answer, Aptl3Error):
            raise answer
        self._upkeep.index(stale(self.store))

    def _enqueue(self, job: int) -> None:
        """A job that is about to end is not called back: it begins anew, from what the catalog says is left."""
        current = self._current
        if job in self._waiting or (current is not None and current.id == job and current.ending is None):
            return
        self._waiting.append(job)
        if current is None or current.id != job:
            self._operate(m.ChangeJob(job, JobState.QUEUED))

    def _refuse_when_stopping(self) -> None:
        if self._stopping:
            raise ServiceUnavailable("The supervisor is about to end: run the same command again.")

    def _scale(self) -> None:
        for stage, count in job_workers(self._settings).items():
            self._runner.scale(stage, count)

    def _begin_next(self) -> None:
        if self._current is not None or not self._waiting or self._replies or self._stopping:
            return
        self._current = _Current(self._waiting.popleft())
        self._errors.pop(self._current.id, None)
        self._operate(m.ChangeJob(self._current.id, JobState.RUNNING))
        self._scale()
        self._registration.ask()

    def _hand_out(self) -> None:
        current = self._current
        if current is None or current.finishing:
            return
        if current.ending is None:
            if current.more:
                self._read_queue(current)
            self._scan(current)
            self._admit(current)
        if not len(self._flow) and not current.scanning and not self._replies:
            if current.ending is not None:
                self._finish(current, current.ending)
            elif not (current.items or current.folders or current.more) and not self._left(current):
                self._prepare(current)

    def _left(self, current: _Current) -> bool:
        """Whether the catalog still has something of the job, against expectation: then it is read from the beginning.
        A job is never called done while its durable queue is not empty."""
        stored = self._stored(current.id)
        if stored.pending or stored.folders:
            current.cursor, current.more = 0, True
        return current.more

    def _read_queue(self, current: _Current) -> None:
        if not current.folders:
            pending = self.store.pending_folders(current.id)
            current.folders.extend(row for row in pending if row[0] not in current.scanning)
        if not current.items:
            current.items.extend(self.store.pending_items(current.id, current.cursor, READ_AHEAD))
            if current.items:
                current.cursor = current.items[-1].id
        current.more = bool(current.items) or bool(current.folders)

    def _scan(self, current: _Current) -> None:
        while current.folders and len(current.scanning) < SCANS and not self._starved:
            folder, after = current.folders[0]
            frame = self._pool.allocate(SCAN_ROOM)
            if frame is None:
                return
            current.folders.popleft()
            current.scanning[folder] = frame
            self._runner.submit("loader", ("scan", folder), m.Scan(folder, after, self._wanted, frame), front=True)

    def _admit(self, current: _Current) -> None:
        while current.items and len(self._flow) < self._settings.open_items:
            steps = self._flow.admit(current.id, current.items[0])
            self._starved = steps is None
            if steps is None:
                if not len(self._flow) and not current.scanning:  # nobody will ever give any back
                    self._trouble("Memory is held by a process that cannot be ended: a drive does not answer.")
                return
            current.items.popleft()
            self._submit(steps)

    def _prepare(self, current: _Current) -> None:
        """All files are through: what a search needs is made ready before the job counts as done."""
        current.finishing = True

        def ready(error: str | None) -> None:
            current.error = current.error or error
            self._finish(current, current.ending or JobState.DONE)

        self._upkeep.prepare(ready)

    def _finish(self, current: _Current, state: JobState) -> None:
        if current.ended:
            return
        current.finishing = current.ended = True
        if current.error is not None:
            self._errors[current.id] = current.error
        seconds = time.monotonic() - current.clock
        current.clock += seconds

        def ended(answer: Any) -> None:
            if isinstance(answer, Aptl3Error):
                self._errors[current.id] = str(answer)
            if self._current is current:
                self._current = None
            self._pool.trim()
            self._upkeep.index(stale(self.store))

        self._operate(m.ChangeJob(current.id, state, current.error, seconds), ended)

    def _tick(self) -> None:
        current = self._current
        if current is not None and not current.finishing and time.monotonic() - current.clock > CLOCK:
            seconds = time.monotonic() - current.clock
            current.clock += seconds
            self._operate(m.ChangeJob(current.id, seconds=seconds))
        if self.settled and self._upkeep.busy:
            self._upkeep.quiet()

    # ---- outcomes

    def _take_in(self, outcome: Outcome) -> None:
        kind, detail = cast(tuple[str, Any], outcome.key)
        if outcome.refused is not None and outcome.stage == "writer" and kind != "operation":
            given_up = kind == "commit" and outcome.refused.reason in FATAL  # that file is, and is named
            if not given_up:
                self._trouble(outcome.refused.error)
        if outcome.stage == "extractor":
            self._watch_extractor(outcome)
        match kind:
            case "operation":
                self._replies.pop(detail)(_answer(outcome))
            case "identify" | "model":
                if outcome.refused is not None:
                    self._trouble(outcome.refused.error)
                self._submit(self._registration.take_in(kind, detail, outcome))
            case "scan":
                self._scanned(detail, outcome)
            case "record":
                self._drop_scan(detail)
                if self._current is not None:
                    self._current.more = True
            case "prepare" | "index":
                self._upkeep.take_in(kind, outcome)
            case _:
                self._submit(self._flow.outcome(outcome))

    def _watch_extractor(self, outcome: Outcome) -> None:
        """A file that kills the extractor is given up; an extractor that dies of every file is not the files' fault."""
        crashed = outcome.refused is not None and outcome.refused.reason in FATAL
        self._crashes = self._crashes + 1 if crashed else 0
        if outcome.refused is not None and self._crashes >= CRASHES:
            self._trouble(f"The extractor fails with every picture: {outcome.refused.error}")

    def _trouble(self, error: str) -> None:
        """Something that concerns the whole job and that the user can mend: it stops, resumable."""
        current = self._current
        if current is None:
            return
        current.error = current.error or error
        current.ending = JobState.INTERRUPTED

    def _scanned(self, folder: str, outcome: Outcome) -> None:
        current = self._current
        assert current is not None
        frame = current.scanning[folder]
        task: m.Record | m.Refuse
        if outcome.refused is not None:
            task = m.Refuse(current.id, folder, Reason(outcome.refused.reason), outcome.refused.error)
        else:
            assert frame is not None
            task = m.Record(current.id, folder, frame, outcome.value.used)
        if outcome.stuck:
            current.scanning[folder] = None  # a process asleep in the kernel may still write there
        self._runner.submit("writer", ("record", folder), task, prompt=not current.items)

    def _drop_scan(self, folder: str) -> None:
        if self._current is not None:
            frame = self._current.scanning.pop(folder)
            if frame is not None:
                self._pool.free(frame)

    # ---- small things

    @property
    def _last(self) -> bool:
        """Nothing more is to be admitted: what is under way need not wait for company that will not come."""
        current = self._current
        return current is None or current.ending is not None or not (current.items or current.more)

    def _submit(self, steps: Sequence[Step]) -> None:
        for step in steps:
            verdict = self._registration.judge(step)
            if verdict is Verdict.GO:
                self._runner.submit(step.stage, step.key, step.task, prompt=self._last)
            elif verdict is Verdict.DROP:
                self._submit(self._flow.drop(step))

    def _operate(self, operation: m.WriterOperation, reply: Reply = lambda answer: None) -> None:
        number = next(self._numbers)
        self._replies[number] = reply
        self._runner.submit("writer", ("operation", number), operation, prompt=True)


def _answer(outcome: Outcome) -> Any:
    """An outcome's value, or its refusal as the error that it was in the other process."""
    return outcome.value if outcome.refused is None else named(outcome.refused.reason, outcome.refused.error)
