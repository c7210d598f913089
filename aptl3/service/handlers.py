"""What clients may ask of a supervisor: one entry a request, and what it has the ingestion do.

Guarantees: every request is answered, once, sooner or later; one that makes no sense is answered with an error and
harms nobody's job. Nothing is written into a library whose folder has gone.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from aptl3.actors import requests as r
from aptl3.actors.ingestion import Ingestion
from aptl3.config import parse_workers
from aptl3.errors import Aptl3Error, BadArgument, LibraryMissing
from aptl3.media.text import canonical
from aptl3.records.job import JobState
from aptl3.records.media import DATA
from aptl3.records.relation import Caption
from aptl3.records.tuning import KEY, Tuning
from aptl3.service.status import Status

Reply = Callable[[Any], None]  # takes an answer, or an error
Follow = Callable[[int], None]  # takes the number of a job of which the client is to be told from now on


class Handlers:
    """Answers the requests to one library's supervisor, which ``stop`` ends."""

    def __init__(self, ingestion: Ingestion, status: Status, stop: Callable[[], None]) -> None:
        self.outdated = False  # the supervisor works by settings that are no longer those kept
        self._ingestion = ingestion
        self._status = status
        self._stop = stop

    def answer(self, request: dict[str, Any], reply: Reply, follow: Follow) -> None:
        """Does what is asked; ``reply`` is called when that is done, which may be much later."""
        handlers: dict[str, Callable[[], None]] = {
            "ingest": lambda: self._ingest(request, reply),
            "fill": lambda: self._fill(reply),
            "follow": lambda: self._follow(int(request["job"]), reply, follow),
            "status": lambda: reply(self._status.document(_count(request.get("paths")))),
            "pause": lambda: self._end(request, JobState.PAUSED, reply),
            "cancel": lambda: self._end(request, JobState.CANCELLED, reply),
            "interrupt": lambda: self._end(request, JobState.INTERRUPTED, reply),
            "resume": lambda: reply(self._ingestion.resume(int(request["job"]))),
            "workers": lambda: reply(self._ingestion.set_workers(parse_workers(str(request["workers"])))),
            "tuning": lambda: self._keep_tuning(request, reply),
            "forget": lambda: self._ingestion.operate(r.Forget(_urls(request)), reply),
            "retry": lambda: self._retry(request, reply),
            "remove": lambda: self._change(r.Remove(tuple(map(_place, request["paths"]))), reply),
            "index": lambda: self._ingestion.index(reply),
            "add_model": lambda: self._add_model(request, reply),
            "remove_model": lambda: self._ingestion.remove_model(str(request["name"]), reply),
            "relate": lambda: self._relate(request, reply),
            "remove_relation": lambda: self._change(r.RemoveRelation(int(request["relation"])), reply),
            "align": lambda: self._align(request, reply),
            "remove_alignment": lambda: self._ingestion.operate(r.RemoveAlignment(int(request["alignment"])), reply),
            "stop": lambda: reply(self._stop()),
        }
        handler = handlers.get(str(request.get("do")))
        try:
            if handler is None:
                raise BadArgument(f"The supervisor knows no request {request.get('do')!r}: it is of another version.")
            handler()
        except Aptl3Error as error:
            reply(error)
        except Exception as error:  # a request that makes no sense is no reason to end everybody's job
            traceback.print_exc()
            reply(BadArgument(f"The request {request.get('do')!r} could not be carried out: {error!r}."))

    def _refuse_without_library(self) -> None:
        """The library's folder may be deleted under us; what would be written then would be lost."""
        if not self._ingestion.present:
            self._stop()
            raise LibraryMissing("The library's folder is gone: run the same command again to begin a new one.")

    def _ingest(self, request: dict[str, Any], reply: Reply) -> None:
        self._refuse_without_library()
        if request.get("workers"):
            self._ingestion.set_workers(parse_workers(str(request["workers"])))
        if request.get("nice"):
            self._ingestion.staffing.be_nice()
        self._ingestion.submit([_place(path) for path in request["paths"]], {}, reply)

    def _keep_tuning(self, request: dict[str, Any], reply: Reply) -> None:
        """Keeps how to work from now on, or forgets it. When nothing goes on, this one ends, so that the next request
        finds a supervisor that works so."""
        self._refuse_without_library()
        text = request["tuning"]
        if text is not None and Tuning.decode(str(text)) is None:
            raise BadArgument("These settings make no sense: `aptl3 tune` measures some.")

        def kept(answer: Any) -> None:
            reply(answer)
            self.outdated = not isinstance(answer, Exception)

        self._ingestion.operate(r.KeepSetting(KEY, text), kept)

    def _fill(self, reply: Reply) -> None:
        self._refuse_without_library()
        self._ingestion.fill(reply)

    def _change(self, operation: r.WriterOperation, reply: Reply) -> None:
        self._refuse_without_library()
        self._ingestion.change(lambda: operation, reply)

    def _add_model(self, request: dict[str, Any], reply: Reply) -> None:
        self._refuse_without_library()
        weights = request.get("weights")
        self._ingestion.add_model(str(request["name"]), None if weights is None else str(weights), reply)

    def _relate(self, request: dict[str, Any], reply: Reply) -> None:
        self._refuse_without_library()
        captions = tuple(Caption(str(path), str(text)) for path, text in request["captions"])
        self._ingestion.operate(r.Relate(str(request["name"]), str(request["source"]), captions), reply)

    def _align(self, request: dict[str, Any], reply: Reply) -> None:
        """Replies with the number of the new alignment, which is stored also when nobody waits for it any more."""
        self._refuse_without_library()
        relation, limit = (None if request[key] is None else int(request[key]) for key in ("relation", "limit"))
        if limit is not None and limit < 1:
            raise BadArgument(f"Nothing is learned from {limit} photographs: give a limit of 1 or more, or none.")

        def fitted(answer: Any) -> None:
            if isinstance(answer, Exception):
                reply(answer)
            else:
                self._ingestion.operate(r.AddAlignment(answer), reply)

        task = r.Fit(
            models=tuple(str(name) for name in request["models"]),
            relation=relation,
            recipe=str(request["recipe"]),
            name=request["name"],
            limit=limit,
        )
        self._ingestion.keep(task, fitted)

    def _retry(self, request: dict[str, Any], reply: Reply) -> None:
        def retried(answer: Any) -> None:
            if isinstance(answer, Exception) or not answer:
                reply(answer if isinstance(answer, Exception) else None)
            else:
                self._ingestion.submit(answer, {}, reply)

        self._ingestion.operate(r.Retry(_urls(request)), retried)

    def _end(self, request: dict[str, Any], state: JobState, reply: Reply) -> None:
        self._ingestion.end(int(request["job"]), state)
        reply(None)

    def _follow(self, job: int, reply: Reply, follow: Follow) -> None:
        reply(self._ingestion.job(job).as_json())
        follow(job)


def _count(number: Any) -> int | None:
    return None if number is None else int(number)


def _place(path: Any) -> str:
    """A path as it is, a text that lies in no file as libraries keep it."""
    text = str(path)
    return canonical(text) if text.startswith(DATA) and text != DATA else text


def _urls(request: dict[str, Any]) -> tuple[str, ...] | None:
    urls = request.get("urls")
    return None if urls is None else tuple(str(url) for url in urls)
