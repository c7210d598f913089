"""The supervisor's loop, and its clients: who is let in, who is heard, who is told.

Guarantees: no client holds the others up: what a socket does not take at once is sent later, one that sends nonsense or
has no token is parted with. The loop ends when nobody needs it any more, or when it is told to and what was in flight
is committed.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aptl3 import __version__
from aptl3.actors.ingestion import Ingestion
from aptl3.records.job import JobState
from aptl3.service.handlers import Handlers
from aptl3.service.protocol import BACKLOG, PROTOCOL, Lines, error_document, listen, token
from aptl3.service.status import Status

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
        self._status = Status(ingestion)
        self._handlers = Handlers(ingestion, self._status, self.stop)
        self._stopping = False

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
            self._status.note()
            self._report()
            if self._handlers.outdated:
                self._handlers.outdated = False
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

    # ---- what is said to them

    def _answer(self, client: Lines, request: dict[str, Any]) -> None:
        def reply(answer: Any) -> None:
            if isinstance(answer, Exception):
                self._say(client, {"id": request.get("id"), "error": error_document(answer)})
            else:
                self._say(client, {"id": request.get("id"), "answer": answer})

        def follow(job: int) -> None:
            if client in self._clients:
                self._following.append((client, job))

        self._handlers.answer(request, reply, follow)

    def _report(self) -> None:
        """Tells those who follow a job how it is, a few times a second."""
        now = time.monotonic()
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
