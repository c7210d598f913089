"""Ingestion: runs the jobs of one library over a supervisor of stages.

Owns the current job and those that wait. ``step`` is called over and over by whoever hosts it (the service's loop,
a test) and never waits longer than its timeout. Guarantees: one job at a time, in the order of submission; pausing,
cancelling and interrupting hand out nothing more and commit what is in flight; what the user can mend ends the job with
one line and leaves it resumable. What changes the models, or takes media out, waits until nothing is in flight and goes
before what is to come, in the middle of a job too: an item is worked on by the models of one moment.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from aptl3.actors import requests as r
from aptl3.actors.addition import Addition
from aptl3.actors.current import Current
from aptl3.actors.feed import Feed
from aptl3.actors.flow import FATAL
from aptl3.actors.operations import Operations
from aptl3.actors.pipeline import Places
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.staffing import Staffing
from aptl3.actors.upkeep import Reply, Upkeep, stale
from aptl3.actors.workshop import Workshop
from aptl3.config import Settings
from aptl3.errors import Aptl3Error, BadArgument, ServiceUnavailable
from aptl3.models.registry import DEFAULT_TEXT, DEFAULTS
from aptl3.records.job import Job, JobState
from aptl3.records.model import ModelRef, ModelSpec
from aptl3.storage.store import Store


class Ingestion:
    """Jobs of the library at ``places.root``. ``fixed``: stages whose counts of workers in ``settings`` the user gave.
    ``staffing`` says how many work at each stage."""

    def __init__(
        self, places: Places, settings: Settings, runner: Runner, pool: FramePool, fixed: Collection[str] = ()
    ) -> None:
        self._places = places
        self.staffing = Staffing(settings, runner, fixed)
        self._runner = runner
        self._pool = pool
        self._store: Store | None = None
        self._workshop: Workshop | None = None
        self._current: Current | None = None
        self._waiting: deque[int] = deque()
        self._operations = Operations(runner)
        self._operate = self._operations.operate
        self._upkeep = Upkeep(runner, places.cache, DEFAULT_TEXT, lambda record: self._operate(r.AddIndex(record)))
        self._stopping = False
        self._starved = False  # the next item waits for memory: listings must not take it away
        self._errors: dict[int, str] = {}

    # ---- for the host

    def start(self, *, job: bool = False) -> None:
        """Starts the writer, which creates the library if there is none, and settles what a lost supervisor left.
        ``job``: one will be submitted at once, so its workers start, and open their models, meanwhile."""
        self._runner.start()
        if job:
            self.staffing.scale()

        def opened(answer: Any) -> None:
            self._opened(answer)
            if job:
                self.workshop.expect("image")

        self._operate(r.Settle(), opened)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store.open(self._places.root)
        return self._store

    @property
    def workshop(self) -> Workshop:
        """Where items are worked on; there once the writer has opened the library."""
        if self._workshop is None:
            self._workshop = Workshop(
                self.store, self._runner, self._pool, self.staffing.settings, trouble=self._trouble, last=self._last
            )
        return self._workshop

    @property
    def present(self) -> bool:
        """Whether the library is still where it was opened."""
        return self.store.layout.catalog.exists()

    @property
    def settled(self) -> bool:
        """No job is under way or waits, and the writer has answered everything."""
        waiting = (self._waiting or self._operations.changes) and not self._stopping
        return self._current is None and not waiting and not self._operations.unanswered

    @property
    def idle(self) -> bool:
        """Settled, and no index is being built either."""
        return self.settled and not self._upkeep.busy

    def step(self, timeout: float, also: Sequence[Any] = ()) -> list[Any]:
        """Hands out what there is room for and takes in what has come back; returns which of ``also`` are ready."""
        self._change_next()
        self._begin_next()
        self._hand_out()
        outcomes, ready = self._runner.poll(timeout, also)
        for outcome in outcomes:
            self._take_in(outcome)
        if not outcomes and self.settled:
            self._pool.trim()  # now nobody waits for us
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

        self._operate(r.CreateJob(tuple(paths), json.dumps(dict(options))), created)

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
            current.feed.halt()
        elif self._stored(job).state.over:
            raise BadArgument(f"Job {job} is over already.")
        else:
            self._waiting = deque(other for other in self._waiting if other != job)
            self._operate(r.ChangeJob(job, state))

    def job(self, number: int) -> Job:
        """The job as it is now; the time since the last commit counts too."""
        job = replace(self._stored(number), limited_by=self.staffing.held(number))
        current = self._current
        if current is not None and current.id == number:
            return replace(job, seconds=job.seconds + current.worked, state=JobState.RUNNING, error=current.error)
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
        self._upkeep.index([model.name for model in self.store.models()], reply)

    def stop(self) -> None:
        """Interrupts all jobs; what is in flight is committed. An index that is being built is given up."""
        self._stopping = True
        self._upkeep.give_up()
        self._operations.give_up(_ending())
        for number in ([self._current.id] if self._current else []) + list(self._waiting):
            self.end(number, JobState.INTERRUPTED)

    def operate(self, operation: r.WriterOperation, reply: Reply) -> None:
        """Has the writer carry out one operation that belongs to no job."""

        def done(answer: Any) -> None:
            self._upkeep.index(stale(self.store))
            reply(answer)

        self._operate(operation, done)

    def change(self, operation: Callable[[], r.WriterOperation], reply: Reply, *, rest: bool = False) -> None:
        """Has the writer carry out, as soon as nothing is in flight, what changes the models or takes media out."""
        if self._stopping:
            reply(_ending())
        else:
            self._operations.change(operation, reply, rest)

    def keep(self, task: r.KeeperTask, reply: Reply) -> None:
        """Has the keeper do something; ``reply`` gets its answer."""
        if self._stopping:
            reply(_ending())
        else:
            self._upkeep.keep(task, reply)

    @property
    def models(self) -> Mapping[ModelRef, ModelSpec]:
        """What is embedded with."""
        return self.workshop.plan.refs

    def add_model(self, name: str, weights: str | None, reply: Reply) -> None:
        """Adds the models that a user means by ``name``. Replies with the number of the job that fills in vectors."""
        Addition(self, reply).begin(name, weights)

    def remove_model(self, name: str, reply: Reply) -> None:
        """Takes a model out with all that was made with it. What the keeper is at may be of that model too."""
        self.change(lambda: r.RemoveModel(name, name in DEFAULTS), reply, rest=True)

    def fill(self, reply: Reply) -> None:
        """Computes what media lack: goes on with an unfinished job of that kind, or creates one. Replies with its
        number."""

        def created(answer: Any) -> None:
            if not isinstance(answer, Aptl3Error):
                self._enqueue(answer)
            reply(answer)

        self.change(lambda: r.FillJob(self.workshop.plan.wanted), created)

    def set_workers(self, workers: Mapping[str, int]) -> None:
        """Changes worker counts of a running job, and of those to come."""
        self.staffing.fix(workers)
        if self._current is not None:
            self.staffing.scale()

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

    def _change_next(self) -> None:
        """Carries out the next change, if nothing is in the way. A job that is about to end comes to its end first."""
        current = self._current
        between = current is None or not (current.finishing or current.feed.scanning)
        if self._operations.changes and between and self.workshop.quiet:
            self._operations.change_now(self._changed, at_rest=not self._upkeep.working)

    def _changed(self) -> None:
        """There are other models, or other media."""
        self.workshop.renew()
        if self._current is not None:
            self.staffing.scale()
            self._current.feed.again()
        self._upkeep.retain(model.name for model in self.store.models())
        self._upkeep.index(stale(self.store))

    @property
    def _change_due(self) -> bool:
        """A change waits for nothing but what is in flight: nothing more is handed out before it."""
        return self._operations.due(at_rest=not self._upkeep.working)

    @property
    def _in_flight(self) -> bool:
        """Something of the current job is under way."""
        return bool(len(self.workshop)) or (self._current is not None and self._current.feed.scanning)

    def _enqueue(self, job: int) -> None:
        """A job that is about to end is not called back: it begins anew, from what the catalog says is left."""
        current = self._current
        if job in self._waiting or (current is not None and current.id == job and current.ending is None):
            return
        self._waiting.append(job)
        if current is None or current.id != job:
            self._operate(r.ChangeJob(job, JobState.QUEUED))

    def _refuse_when_stopping(self) -> None:
        if self._stopping:
            raise _ending()

    def _begin_next(self) -> None:
        if self._current is not None or self._operations.unanswered or self._change_due:
            return
        if not self._waiting or self._stopping:
            return
        self.workshop.renew()
        job = self._waiting.popleft()
        feed = Feed(self.store, self._runner, self._pool, job)
        self._current = Current(job, feed, error=self.workshop.plan.problem)
        self._errors.pop(job, None)
        self._operate(r.ChangeJob(job, JobState.RUNNING))
        self.staffing.begin(job)
        if self._stored(job).folders:
            self.workshop.expect("image")

    def _hand_out(self) -> None:
        current = self._current
        if current is None or current.finishing:
            return
        if current.ending is None and not self._change_due:
            current.feed.read()
            if not self._starved:
                current.feed.scan(self.workshop.plan.wanted)
            self._admit(current)
        if not self._in_flight and not self._operations.unanswered:
            if current.ending is not None:
                self._finish(current, current.ending)
            elif not self._change_due and current.feed.empty:
                self._prepare(current)

    def _admit(self, current: Current) -> None:
        items = current.feed.items
        while items and self.workshop.wants(self.staffing.settings):
            self._starved = not self.workshop.admit(current.id, items[0])
            if self._starved:
                if not self._in_flight:  # nobody will ever give any back
                    self._trouble("Memory is held by a process that cannot be ended: a drive does not answer.")
                return
            items.popleft()

    def _prepare(self, current: Current) -> None:
        """All files are through: what a search needs is made ready before the job counts as done."""
        current.finishing = True

        def ready(error: str | None) -> None:
            current.error = current.error or error
            self._finish(current, current.ending or JobState.DONE)

        self._upkeep.prepare(ready)

    def _finish(self, current: Current, state: JobState) -> None:
        if current.ended:
            return
        current.finishing = current.ended = True
        self.staffing.end()
        if current.error is not None:
            self._errors[current.id] = current.error
        seconds = current.note()

        def ended(answer: Any) -> None:
            if isinstance(answer, Aptl3Error):
                self._errors[current.id] = str(answer)
            if self._current is current:
                self._current = None
            self._upkeep.index(stale(self.store))

        self._operate(r.ChangeJob(current.id, state, current.error, seconds), ended)

    def _tick(self) -> None:
        current = self._current
        if current is not None and not current.finishing:
            self.staffing.tick(lambda: self._left(current))
        if current is not None and current.due:
            self._operate(r.ChangeJob(current.id, seconds=current.note()))
        if self.settled and self._upkeep.busy:
            self._upkeep.quiet()

    def _left(self, current: Current) -> int | None:
        """Items that the job still has to do, as far as its folders are listed."""
        job = self._stored(current.id)
        return None if job.folders else job.pending

    # ---- outcomes

    def _take_in(self, outcome: Outcome) -> None:
        kind, detail = cast(tuple[str, Any], outcome.key)
        if outcome.refused is not None and outcome.stage == "writer" and kind != "operation":
            given_up = kind == "commit" and outcome.refused.reason in FATAL  # that file is, and is named
            if not given_up and kind != "model":
                self._trouble(outcome.refused.error)
        match kind:
            case "operation":
                self._operations.take_in(detail, outcome)
            case "identify" | "model":
                self.workshop.registered(kind, detail, outcome)
            case "scan":
                assert self._current is not None
                self._current.feed.scanned(detail, outcome)
            case "record":
                assert self._current is not None
                self._current.feed.recorded(detail)
            case "keep":
                self._upkeep.take_in(detail, outcome)
            case _:
                self.workshop.take_in(outcome)

    def _trouble(self, error: str) -> None:
        """Something that concerns the whole job and that the user can mend: it stops, resumable."""
        current = self._current
        if current is None:
            return
        current.error = current.error or error
        current.ending = JobState.INTERRUPTED

    # ---- small things

    def _last(self) -> bool:
        """Nothing more is to be admitted: what is under way need not wait for company that will not come."""
        current = self._current
        return current is None or current.ending is not None or self._change_due or current.feed.ending


def _ending() -> ServiceUnavailable:
    return ServiceUnavailable("The supervisor is about to end: run the same command again.")
