"""The supervisor's process: from taking the library's lock to letting go of it.

Started by a client when none runs; ends by itself when nothing is under way and no client is connected. Guarantees: one
process works for a library, the others step back. Its first line on standard output says that it is ready, or why it
cannot be; everything else goes to its log. One thread, one loop: the stages' pipes, the clients' sockets and the clock
are all waited for in one place.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

from aptl3.actors.courtesy import confine, usable
from aptl3.actors.ingestion import Ingestion
from aptl3.actors.pipeline import Places, frame_pool, specs
from aptl3.actors.runtime.outcome import Escalated
from aptl3.actors.runtime.supervisor import Supervisor
from aptl3.config import Settings, cache_dir, parse_workers, runtime_dir, with_workers
from aptl3.errors import Aptl3Error, LibraryBusy
from aptl3.service.protocol import LOCK, PLACE, error_document, private_folder, tell_place
from aptl3.service.server import IDLE, Server
from aptl3.service.settings import settings_of
from aptl3.storage.lock import WriterLock


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
