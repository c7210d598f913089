"""The supervisor's process: hosts the ingestion of one library and answers its clients.

Started by a client when none runs; ends by itself when nothing is under way and no client is connected. Its first line
on standard output says that it is ready, or why it cannot be; everything else goes to its log. One thread, one loop:
the stages' pipes, the clients' sockets and the clock are all waited for in one place.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

from aptl3 import __version__
from aptl3.actors import requests as r
from aptl3.actors.courtesy import confine, usable
from aptl3.actors.ingestion import Ingestion
from aptl3.actors.pipeline import Places, frame_pool, specs
from aptl3.actors.runtime.outcome import Escalated
from aptl3.actors.runtime.supervisor import Supervisor
from aptl3.config import Settings, cache_dir, parse_workers, runtime_dir, with_workers
from aptl3.errors import Aptl3Error, BadArgument, LibraryBusy, LibraryMissing
from aptl3.media.text import canonical
from aptl3.records.job import JobState
from aptl3.records.media import DATA
from aptl3.records.relation import Caption
from aptl3.records.tuning import KEY, Tuning
from aptl3.service.protocol import (
    BACKLOG,
    LOCK,
    PLACE,
    PROTOCOL,
    Lines,
    error_document,
    listen,
    private_folder,
    tell_place,
    token,
)
from aptl3.service.rates import Rates
from aptl3.service.settings import settings_of
from aptl3.storage.lock import WriterLock

EVENTS_EVERY = 0.25  # seconds between two reports to those who follow a job
FAREWELL = 2.0  # seconds that a client is given to take in the last word
IDLE = 5.0  # seconds without work and clients after which the supervisor ends


class Server:
    """Serves the clients of one library until nobody needs it any more."""

    def __init__(self, ingestion: Ingestion, folder: Path, idle: float = IDLE) -> None:
        self._ingestion = ingestion
        self._listener = listen(folder)
        self._token = token(folder)
        self._clients: list[Lines] = []
        self._trusted: set[Lines] = set()
        self._following: list[tuple[Lines, int]] = []
        self._idle = idle
        self._busy_at = time.monotonic()
        self._reported = 0.0
        self._rates = Rates()
        self._stopping = False
        self._outdated = False  # it works by settings that are no longer those kept

    def run(self) -> None:
        """The loop. Ends when idle, or when told to and what was in flight is committed."""
        told = False
        while not self._over():
            self._flush()
            wake = 0.05 if self._following or any(client.pending for client in self._clients) else 0.25
            ready = self._ingestion.step(wake, [self._listener, *self._clients])
            for one in ready:
                if one is self._listener:
                    self._accept()
                else:
                    self._read(one)
            self._report()
            if self._outdated:
                self._outdated = False
                if self._ingestion.idle:  # what was asked for meanwhile is not left behind
                    self.stop()
            if self._stopping and not told:
                told = True
                self._ingestion.stop()
        for client in list(self._clients):
            client.socket.settimeout(FAREWELL)
            with suppress(EOFError):
                client.flush()
            self._part(client)
        self._listener.close()

    def _flush(self) -> None:
        """Sends what the sockets did not take at once."""
        for client in list(self._clients):
            try:
                client.flush()
            except EOFError:
                self._part(client)

    def stop(self) -> None:
        """The loop ends when what is in flight is committed. Safe in a signal handler: it only records."""
        self._stopping = True

    def announce(self, error: Exception) -> None:
        """Tells everybody who follows a job why it goes no further."""
        for client in list(self._clients):
            self._say(client, {"event": "error", "error": error_document(error)})

    def _over(self) -> bool:
        if self._stopping:
            return self._ingestion.settled
        now = time.monotonic()
        if not self._ingestion.idle or self._clients:
            self._busy_at = now
        return now - self._busy_at > self._idle

    # ---- clients

    def _accept(self) -> None:
        """Lets in all that wait: a step may take long, and only so many may wait."""
        for _ in range(BACKLOG):
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._let_in(connection)

    def _let_in(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        client = Lines(connection)
        self._clients.append(client)
        if self._token is None:
            self._trusted.add(client)
        self._say(client, {"aptl3": __version__, "protocol": PROTOCOL, "pid": os.getpid()})

    def _read(self, client: Lines) -> None:
        try:
            for request in client.receive():
                if client not in self._trusted:
                    if request.get("token") != self._token:
                        raise EOFError("not one of ours")
                    self._trusted.add(client)
                else:
                    self._answer(client, request)
        except EOFError:
            self._part(client)

    def _part(self, client: Lines) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._trusted.discard(client)
            self._following = [(one, job) for one, job in self._following if one is not client]
            client.close()

    def _say(self, client: Lines, document: dict[str, Any]) -> None:
        if client in self._clients:
            try:
                client.send(document)
            except EOFError:
                self._part(client)

    # ---- requests

    def _answer(self, client: Lines, request: dict[str, Any]) -> None:
        def reply(answer: Any) -> None:
            if isinstance(answer, Exception):
                self._say(client, {"id": request.get("id"), "error": error_document(answer)})
            else:
                self._say(client, {"id": request.get("id"), "answer": answer})

        handlers: dict[str, Callable[[], None]] = {
            "ingest": lambda: self._ingest(request, reply),
            "fill": lambda: self._fill(reply),
            "follow": lambda: self._follow(client, int(request["job"]), reply),
            "status": lambda: reply(self._status(request.get("paths"))),
            "pause": lambda: self._end(request, JobState.PAUSED, reply),
            "cancel": lambda: self._end(request, JobState.CANCELLED, reply),
            "interrupt": lambda: self._end(request, JobState.INTERRUPTED, reply),
            "resume": lambda: reply(self._ingestion.resume(int(request["job"]))),
            "workers": lambda: reply(self._ingestion.set_workers(_workers(request["workers"]))),
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
            "stop": lambda: reply(self.stop()),
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
            self.stop()
            raise LibraryMissing("The library's folder is gone: run the same command again to begin a new one.")

    def _ingest(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
        self._refuse_without_library()
        if request.get("workers"):
            self._ingestion.set_workers(_workers(request["workers"]))
        if request.get("nice"):
            self._ingestion.staffing.be_nice()
        self._ingestion.submit([_place(path) for path in request["paths"]], {}, reply)

    def _keep_tuning(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
        """Keeps how to work from now on, or forgets it. When nothing goes on, this one ends, so that the next request
        finds a supervisor that works so."""
        self._refuse_without_library()
        text = request["tuning"]
        if text is not None and Tuning.decode(str(text)) is None:
            raise BadArgument("These settings make no sense: `aptl3 tune` measures some.")

        def kept(answer: Any) -> None:
            reply(answer)
            self._outdated = not isinstance(answer, Exception)

        self._ingestion.operate(r.KeepSetting(KEY, text), kept)

    def _fill(self, reply: Callable[[Any], None]) -> None:
        self._refuse_without_library()
        self._ingestion.fill(reply)

    def _change(self, operation: r.WriterOperation, reply: Callable[[Any], None]) -> None:
        self._refuse_without_library()
        self._ingestion.change(lambda: operation, reply)

    def _add_model(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
        self._refuse_without_library()
        weights = request.get("weights")
        self._ingestion.add_model(str(request["name"]), None if weights is None else str(weights), reply)

    def _relate(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
        self._refuse_without_library()
        captions = tuple(Caption(str(path), str(text)) for path, text in request["captions"])
        self._ingestion.operate(r.Relate(str(request["name"]), str(request["source"]), captions), reply)

    def _align(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
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

    def _retry(self, request: dict[str, Any], reply: Callable[[Any], None]) -> None:
        def retried(answer: Any) -> None:
            if isinstance(answer, Exception) or not answer:
                reply(answer if isinstance(answer, Exception) else None)
            else:
                self._ingestion.submit(answer, {}, reply)

        self._ingestion.operate(r.Retry(_urls(request)), retried)

    def _end(self, request: dict[str, Any], state: JobState, reply: Callable[[Any], None]) -> None:
        self._ingestion.end(int(request["job"]), state)
        reply(None)

    def _follow(self, client: Lines, job: int, reply: Callable[[Any], None]) -> None:
        reply(self._ingestion.job(job).as_json())
        if client in self._clients:
            self._following.append((client, job))

    def _status(self, paths: Any = None) -> dict[str, Any]:
        """What is going on. ``paths``: so many of each job are told at most, for one that asks again and again; there
        may be thousands."""
        staffing = self._ingestion.staffing
        latest = staffing.samples
        stages = {
            name: {
                **asdict(one),
                "busy_share": one.busy_share,
                "busy": latest[name].busy if name in latest else 0.0,
                "fill": latest[name].fill if name in latest else 0.0,
                "per_second": round(self._rates.per_second(name), 1),
            }
            for name, one in self._ingestion.statistics().items()
        }
        jobs = self._ingestion.active()
        return {
            "pid": os.getpid(),
            "version": __version__,
            "stages": stages,
            **staffing.as_json(),
            "room": staffing.settings.open_items,
            "pids": self._ingestion.pids(),
            "jobs": jobs if paths is None else [{**job, "paths": job["paths"][: int(paths)]} for job in jobs],
        }

    def _report(self) -> None:
        now = time.monotonic()
        if self._rates.due(now):
            self._rates.note(now, {name: one.done for name, one in self._ingestion.statistics().items()})
        if not self._following or now - self._reported < EVENTS_EVERY:
            return
        self._reported = now
        for client, number in list(self._following):
            job = self._ingestion.job(number)
            document = job.as_json()
            del document["paths"]  # told in the answer, and they may be thousands
            self._say(client, {"event": "job", "job": document})
            if job.state not in (JobState.RUNNING, JobState.QUEUED) and (client, number) in self._following:
                self._following.remove((client, number))


def _workers(text: str) -> dict[str, int]:
    return parse_workers(str(text))


def _place(path: Any) -> str:
    """A path as it is, a text that lies in no file as libraries keep it."""
    text = str(path)
    return canonical(text) if text.startswith(DATA) and text != DATA else text


def _urls(request: dict[str, Any]) -> tuple[str, ...] | None:
    urls = request.get("urls")
    return None if urls is None else tuple(str(url) for url in urls)


def serve(
    root: Path,
    settings: Settings,
    *,
    idle: float = IDLE,
    job: bool = False,
    fixed: Collection[str] = (),
    nice: bool = False,
    say: Callable[[dict[str, Any]], None],
) -> None:
    """Hosts the supervisor of the library at ``root`` until it is idle; ``say`` gets one document when it is ready.
    ``job``: one will be asked for at once; ``fixed``: stages whose counts of workers are the user's; ``nice``: others
    go before."""
    folder = private_folder(runtime_dir(root))
    lock = WriterLock(folder / LOCK)
    try:
        lock.acquire(0.0)
    except LibraryBusy:
        if idle == inf:
            raise
        say({"ready": True})  # another one was faster: the client will find that one
        return
    if settings.cores is not None:
        confine(usable()[: settings.cores])
    places = Places(root, cache_dir())
    pool = frame_pool(settings)
    supervisor = Supervisor(specs(places, settings), pool, fork=True)
    ingestion = Ingestion(places, settings, supervisor, pool, fixed)
    server: Server | None = None
    try:
        if nice:
            ingestion.staffing.be_nice()
        ingestion.start(job=job)
        while not ingestion.settled:
            ingestion.step(0.1)
        server = Server(ingestion, folder, idle)
        tell_place(root, folder)
        signal.signal(signal.SIGTERM, lambda *_: server.stop() if server else None)
        say({"ready": True})
        server.run()
    except Escalated as error:
        cause = (
            error.error
            if isinstance(error.error, Aptl3Error)
            else Aptl3Error(f"The {error.stage} cannot run: {error.text}")
        )
        if server is None:
            raise cause from error
        server.announce(cause)
        print(f"{cause}\n{error.detail}", file=sys.stderr)  # noqa: T201  this is the process's log
        raise cause from error
    except Aptl3Error as error:
        if server is not None:
            server.announce(error)
        raise
    finally:
        with suppress(OSError):
            (root / PLACE).unlink(missing_ok=True)
        ingestion.close()
        lock.release()


def main(arguments: list[str]) -> int:
    """Entry of the process that a client starts: the library's folder, worker counts or an empty string, and "job" when
    one will be asked for at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stdout = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever prints by mistake goes to the log

    def say(document: dict[str, Any]) -> None:
        if not stdout.closed:
            try:
                with stdout:
                    stdout.write(json.dumps(document) + "\n")
            except OSError:
                return  # nobody waits any more

    try:
        root = Path(arguments[0])
        settings, fixed = with_workers(settings_of(root), arguments[1]), parse_workers(arguments[1])
        serve(root, settings, fixed=fixed, job="job" in arguments[2:], say=say)
    except Aptl3Error as error:
        say({"error": error_document(error)})
        print(error, file=sys.stderr)  # noqa: T201  this is the process's log
        return 1
    return 0
