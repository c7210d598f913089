"""The service: what the window asks of the library's supervisor, and what it tells of that, in a thread of its own.

Guarantees: what goes on is looked at ``BUSY`` ms after the last look while a job is under way and ``CALM`` ms after it
else, however long a look takes; requests are carried out in their order, each once. A supervisor that dies is told of
once; ``again`` starts another and goes on with what the lost one was at.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QTimer, pyqtSignal

from aptl3.errors import Aptl3Error, BadArgument, ServiceHung, ServiceLost, ServiceUnavailable
from aptl3.gui.connection import Connection, Situation
from aptl3.gui.worker import Urgency, Worker

BUSY = 250  # ms
CALM = 1000


class Service(Worker[Connection]):
    """Of the library in the folder ``root``.

    Signals, besides ``failed(str)`` of ``Worker``:

    - ``changed(Situation)``: jobs, stages or worker counts are others than before
    - ``ended(Job)``: a job has come to its end, whoever began it and however short it was
    - ``lost(str)``: the supervisor has died in the middle of a job, hangs, or does not start; why, in a sentence or two
    - ``connected()``: after ``lost``: another one is at work
    """

    changed = pyqtSignal(object)
    ended = pyqtSignal(object)
    lost = pyqtSignal(str)
    connected = pyqtSignal()

    def __init__(self, root: Path) -> None:
        super().__init__("service", partial(Connection, root), Connection.close)
        self.root = root
        self.situation = Situation()
        self._chosen: dict[str, int] = {}  # worker counts, for supervisors to come too
        self._requests = itertools.count(1)
        self._expected = 0  # jobs that were asked for and are not there yet
        self._awaited: set[int] = set()  # jobs that were just begun: one may be over before anybody looks
        self._lost: list[int] = []  # jobs that a dead supervisor was at
        self._trouble = ""  # what was said last, not to be said twice
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        super().start()
        self._timer.start(0)

    def stop(self) -> bool:
        self._timer.stop()
        return super().stop()

    # ---- requests

    def add(self, paths: Sequence[str]) -> None:
        """Has folders and files read."""
        chosen, workers = list(paths), self._workers

        def submit(connection: Connection) -> int:
            for path in chosen:
                if not os.path.lexists(path):
                    raise BadArgument(f"{path} is not there (any more).")
            return int(connection.ask("ingest", {"paths": chosen, "workers": workers}, workers, create=True))

        self._begin(submit)

    def pause(self, job: int) -> None:
        self._ask("pause", job=job)

    def resume(self, job: int) -> None:
        workers = self._workers
        self._begin(lambda connection: connection.ask("resume", {"job": job}, workers), [job])

    def cancel(self, job: int) -> None:
        self._ask("cancel", job=job)

    def interrupt(self, jobs: Sequence[int], then: Callable[[], None]) -> None:
        """Has nothing more of these jobs handed out; they can be gone on with. ``then`` is called when they know, or
        cannot be told."""

        def tell(connection: Connection) -> None:
            for job in jobs:
                connection.ask("interrupt", {"job": job})

        self._request(tell, lambda _: then(), lambda _: then())

    def set_workers(self, stage: str, count: int) -> None:
        """How many work at a stage from now on, in the job that is under way too."""
        self._chosen[stage] = count
        if self.situation.stages is not None:
            self._ask("workers", workers=f"{stage}={count}")

    def retry(self, urls: Sequence[str] | None) -> None:
        """Has failed files read again; None: all."""
        chosen, workers = None if urls is None else list(urls), self._workers
        self._begin(lambda connection: connection.ask("retry", {"urls": chosen}, workers))

    def forget(self, urls: Sequence[str] | None) -> None:
        """Has failures struck off the list; None: all."""
        self._ask("forget", urls=None if urls is None else list(urls))

    def again(self) -> None:
        """Starts a supervisor in the place of one that was lost or hangs, and goes on with its jobs."""
        jobs, workers = list(self._lost), self._workers
        self._begin(lambda connection: connection.again(jobs, workers), jobs)

    def update(self, then: Callable[[], None]) -> None:
        """Has a library of an older aptl3 brought up to date: whoever writes begins with that. ``then`` is called when
        it is done, or cannot be done."""
        self._request(lambda connection: connection.ask("status", {}), lambda _: then(), lambda _: then())

    @property
    def _workers(self) -> str:
        return ",".join(f"{stage}={count}" for stage, count in self._chosen.items())

    def _begin(self, function: Callable[[Connection], Any], jobs: Sequence[int] = ()) -> None:
        """A request after which ``jobs`` are under way, or the one whose number it is answered with."""

        def begun(answer: Any) -> None:
            self._expected -= 1
            self._awaited.update([answer] if isinstance(answer, int) else jobs)

        def refused(_: Aptl3Error) -> None:
            self._expected -= 1

        self._expected += 1
        self._tell(self.situation)
        self._request(function, begun, refused)

    def _ask(self, do: str, **details: Any) -> None:
        workers = self._workers
        self._request(lambda connection: connection.ask(do, details, workers))

    def _request(
        self,
        function: Callable[[Connection], Any],
        then: Callable[[Any], None] = lambda _: None,
        otherwise: Callable[[Aptl3Error], None] = lambda _: None,
    ) -> None:
        key = ("request", next(self._requests))  # its own: a newer request takes no older one's place

        def done(answer: Any) -> None:
            self.drop(key)
            then(answer)
            self._look()

        def refused(error: Aptl3Error) -> None:
            self.drop(key)
            self._refused(error)
            otherwise(error)
            self._look()

        self.do(key, function, done, otherwise=refused, urgency=Urgency.NOW)

    # ---- what goes on

    def _look(self) -> None:
        watched = self._awaited.union(job.id for job in self.situation.under_way)
        look = partial(_look, watched=watched, newest=self.situation.newest, chosen=dict(self._chosen))
        self._timer.stop()
        self.do("look", look, partial(self._seen, watched), otherwise=self._not_seen)

    def _seen(self, watched: Set[int], situation: Situation) -> None:
        self._timer.start(BUSY if situation.under_way else CALM)
        self._awaited -= {*watched, *(job.id for job in situation.ended)}
        if situation.stages is not None and self._trouble:
            self._trouble, self._lost = "", []
            self.connected.emit()
        for job in situation.ended:
            self.ended.emit(job)
        self._tell(replace(situation, ended=()))

    def _tell(self, situation: Situation) -> None:
        before, self.situation = self.situation, replace(situation, expecting=self._expected > 0)
        if self.situation != before:
            self.changed.emit(self.situation)

    def _not_seen(self, error: Aptl3Error) -> None:
        """The next look tells what is left."""
        self._timer.start(BUSY if self.situation.under_way else CALM)
        if self.situation.under_way or isinstance(error, ServiceUnavailable):
            self._say_lost(error)  # else the reader says why the library cannot be read

    def _refused(self, error: Aptl3Error) -> None:
        if isinstance(error, ServiceUnavailable):
            self._trouble = ""  # somebody asked: they are told, again
            self._say_lost(error)
        else:
            self.failed.emit(str(error))

    def _say_lost(self, error: Aptl3Error) -> None:
        self._lost = [job.id for job in self.situation.under_way] or self._lost
        text = str(error)
        if isinstance(error, ServiceLost):
            text = self.tr("Reading stopped unexpectedly. All that was read is kept.")
        elif isinstance(error, ServiceHung):
            text = self.tr("Reading hangs: nothing was heard of it for half a minute. All that was read is kept.")
        if text != self._trouble:
            self._trouble = text
            self.lost.emit(text)


def _look(connection: Connection, watched: Set[int], newest: int | None, chosen: Mapping[str, int]) -> Situation:
    return connection.look(watched, newest, chosen)
