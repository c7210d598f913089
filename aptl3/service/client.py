"""The client: how the command line, the library's Python face and the window reach the supervisor.

Starts a supervisor when none runs and one is needed. Guarantees: every wait has a deadline; an error that the
supervisor raised comes out as the same class here; a supervisor that dies is an error with its log's place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aptl3
from aptl3.config import process_environment, runtime_dir
from aptl3.errors import Aptl3Error, LibraryMissing, ServiceHung, ServiceLost, ServiceUnavailable
from aptl3.records.job import Job
from aptl3.service.protocol import (
    CATALOG,
    CONNECTING,
    PROTOCOL,
    Lines,
    connect,
    error_of,
    private_folder,
    token,
    told_place,
)

START_DEADLINE = 60.0  # seconds until a new supervisor must have said that it is ready
ANSWER_DEADLINE = 120.0  # seconds until a request must be answered
LOG_ROOM = 1 << 20  # bytes of a service's log, after which it begins anew
SILENCE = 30.0  # seconds without a greeting, or a report of a followed job, after which a supervisor counts as hung

_started: list[subprocess.Popen[bytes]] = []  # supervisors that outlive us: kept, so that none becomes a zombie


class Client:
    """One connection to the supervisor of the library at ``root``; a context manager."""

    def __init__(self, lines: Lines, log: Path, within: float = SILENCE) -> None:
        self._lines = lines
        self._log = log
        self._number = 0
        self._inbox: list[dict[str, Any]] = []
        hello = self._next(within)
        self.pid = int(hello.get("pid", 0))
        self.understood = hello.get("protocol") == PROTOCOL

    @classmethod
    def running(cls, root: Path, within: float = SILENCE) -> Client | None:
        """A connection to the supervisor that runs, or None. Whoever asks it to do something sees that they
        are ``agreed`` first; ``start`` does. ServiceHung when one runs that says nothing ``within`` so many seconds."""
        folder = told_place(root) or runtime_dir(root)
        log = folder / "service.log"
        try:
            sock = connect(folder, min(within, CONNECTING))
        except (BlockingIOError, TimeoutError) as error:  # many knock, and nobody opens
            raise _hung(log) from error
        except (OSError, ValueError):
            return None
        lines = Lines(sock)
        try:
            shown = token(folder)
            if shown is not None:
                lines.send({"token": shown})
            return cls(lines, log, within)
        except ServiceHung:
            lines.close()
            raise
        except (OSError, EOFError, ValueError, ServiceLost):  # it ended while we came in
            lines.close()
            return None

    @classmethod
    def start(cls, root: Path, workers: str = "", *, create: bool = False) -> Client:
        """A connection to the supervisor, which is started when none runs. LibraryMissing when there is no library,
        unless one is to be created: then a job will follow, and its workers start together with the supervisor."""
        if not create and not (root / CATALOG).exists():
            raise LibraryMissing(f"There is no library in {root}: start with `aptl3 ingest FOLDER`.")
        deadline = time.monotonic() + START_DEADLINE
        while (client := cls.running(root)) is None:
            if time.monotonic() > deadline:
                raise ServiceUnavailable(f"The supervisor does not answer: see {runtime_dir(root) / 'service.log'}.")
            _spawn(root, workers, deadline, job=create)
        return client.agreed()

    def agreed(self) -> Client:
        """Itself. Closed, and ServiceUnavailable, when the supervisor is of a version that speaks otherwise."""
        if not self.understood:
            self.close()
            raise ServiceUnavailable("A supervisor of another aptl3 version runs: end it with `aptl3 serve --stop`.")
        return self

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()

    def ask(self, do: str, *, within: float = ANSWER_DEADLINE, **details: Any) -> Any:
        """One request and its answer, which must come ``within`` so many seconds."""
        self._number += 1
        number = self._number
        with suppress(EOFError):  # its last words may still be there to be read
            self._lines.send({"id": number, "do": do, **details})
        deadline = time.monotonic() + within
        later = []
        while (document := self._next(deadline - time.monotonic())).get("id") != number:
            if document.get("event") == "error":  # its last word: why there will be no answer
                raise error_of(document["error"])
            later.append(document)
        self._inbox = later + self._inbox
        if "error" in document:
            raise error_of(document["error"])
        return document["answer"]

    def tell(self, do: str, **details: Any) -> None:
        """One request, without waiting for its answer, which nobody will read."""
        with suppress(EOFError):
            self._lines.send({"id": 0, "do": do, **details})

    def ingest(self, paths: Sequence[str], workers: str = "", *, nice: bool = False) -> int:
        """Submits a job and returns its number. Paths are absolute. ``nice``: from now on the supervisor gives way to
        other programs."""
        return int(self.ask("ingest", paths=list(paths), workers=workers, nice=nice))

    def follow(self, job: int) -> Iterator[dict[str, Any]]:
        """The job as it is, again and again, until it is neither queued nor running (see ``Job.as_json``)."""
        document = self.ask("follow", job=job)
        while True:
            yield document
            if document["state"] not in ("queued", "running"):
                return
            document = {**document, **self._report(job)}

    def finish(self, job: int, events: Callable[[Job], None] | None = None) -> Job:
        """Follows a job until it rests, and returns it; ``events`` gets it a few times a second meanwhile. Ctrl-C
        interrupts the job, which stays resumable."""
        try:
            for document in self.follow(job):
                last = Job.from_json(document)
                if events is not None:
                    events(last)
        except KeyboardInterrupt:
            self.tell("interrupt", job=job)
            raise
        return last

    def _report(self, job: int) -> dict[str, Any]:
        while True:
            document = self._next(SILENCE)
            if document.get("event") == "error":
                raise error_of(document["error"])
            if document.get("event") == "job" and document["job"]["job"] == job:
                return dict(document["job"])

    def _next(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not self._inbox:
            self._lines.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self._inbox.extend(self._lines.receive())
            except EOFError as error:
                raise self._lost() from error
            if not self._inbox and time.monotonic() > deadline:
                raise _hung(self._log)
        return self._inbox.pop(0)

    def _lost(self) -> Aptl3Error:
        return ServiceLost(f"The supervisor ended unexpectedly; run the same command to go on ({self._log} says more).")


def _hung(log: Path) -> ServiceHung:
    return ServiceHung(f"The supervisor does not answer ({log} says more): end it with `aptl3 serve --stop`.")


def _spawn(root: Path, workers: str, deadline: float, *, job: bool) -> None:
    """Starts a supervisor in a session of its own and waits for its first line. ``job``: one will follow at once."""
    folder = private_folder(runtime_dir(root))
    log = folder / "service.log"
    # -c, not -m: children that are spawned must not import a main module again. Python puts the current folder first on
    # the path, so that is a folder of ours: what lies among the user's files must not be imported.
    code = (
        "import sys; home = sys.argv.pop(1); home in sys.path or sys.path.insert(1, home); "
        "from aptl3.service.process import main; sys.exit(main(sys.argv[1:]))"
    )
    home = os.path.dirname(os.path.dirname(os.path.abspath(aptl3.__file__)))
    command = [sys.executable, "-c", code, home, os.fspath(root), workers, *(["job"] if job else [])]
    if log.exists() and log.stat().st_size > LOG_ROOM:
        log.unlink()
    with open(log, "ab") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env=process_environment(),
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    line = _first_line(process, deadline - time.monotonic())
    if not line:
        raise ServiceUnavailable(f"The supervisor did not start: see {log}.")
    try:
        document = json.loads(line)
    except ValueError as error:
        raise ServiceUnavailable(f"The supervisor did not start: see {log}.") from error
    if "error" in document:
        process.wait()
        raise error_of(document["error"])
    _started[:] = [one for one in _started if one.poll() is None] + [process]


def _first_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """What the process says first; nothing when it ends, or when it says nothing in time and is killed."""
    assert process.stdout is not None
    said: list[bytes] = []
    with process.stdout as stdout:
        reader = threading.Thread(target=lambda: said.append(stdout.readline()), daemon=True)
        reader.start()
        reader.join(max(0.0, seconds))
        if reader.is_alive():
            process.kill()
            reader.join()
    return said[0] if said else b""
