"""The end of a supervisor that does not answer any more.

Guarantees: no other process is ended than the one that holds the service's lock, which the operating system frees with
it. All that was committed is kept (any process may die at any instruction), and the jobs can be gone on with.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from aptl3.config import runtime_dir
from aptl3.errors import LibraryBusy, ServiceUnavailable
from aptl3.service.protocol import LOCK, told_place
from aptl3.storage.lock import WriterLock

DEADLINE = 20.0  # seconds for a process that was killed to be gone


def end_hung(root: Path) -> None:
    """Ends the supervisor of the library in ``root``, if one runs, and waits until it is gone. ServiceUnavailable when
    it cannot be ended."""
    lock = WriterLock((told_place(root) or runtime_dir(root)) / LOCK)
    try:
        lock.acquire()
    except LibraryBusy:
        _kill(lock)
    else:
        lock.release()


def _kill(lock: WriterLock) -> None:
    owner = lock.owner()  # who holds it wrote that, and lives
    try:
        if owner is not None:
            with suppress(ProcessLookupError):
                os.kill(owner, getattr(signal, "SIGKILL", signal.SIGTERM))  # on Windows either is immediate
        lock.acquire(DEADLINE)
    except (LibraryBusy, PermissionError) as error:
        raise ServiceUnavailable(f"The supervisor (process {owner}) cannot be ended: restart the computer.") from error
    lock.release()
