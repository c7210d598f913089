"""What a job has still to do, as its durable queue says: folders to be listed, items to be worked on.

Owns the listings under way and the frame that each was lent. Guarantees: found files are in the durable queue before
any is read; the queue is read by key, a little ahead of what is worked on; a job is at its end only when the catalog
says so too.
"""

from __future__ import annotations

from collections import deque
from typing import cast

from aptl3.actors import messages as m
from aptl3.actors.runtime.frames import Frame, FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.records.failure import Reason
from aptl3.records.media import Wanted
from aptl3.records.store import QueueItem
from aptl3.storage.store import Store

SCAN_ROOM = 1 << 16  # bytes: about eight hundred files a page; the longest path, escaped, takes 48 KiB
SCANS = 32  # pages under way at once: as many as one commit takes, so that small folders do not wait for each other
READ_AHEAD = 256  # queue items read from the catalog at a time


class Feed:
    """The queue of one job. ``items`` are the next to be admitted, in order; who admits one takes it out."""

    def __init__(self, store: Store, runner: Runner, pool: FramePool, job: int) -> None:
        self.items: deque[QueueItem] = deque()
        self._store = store
        self._runner = runner
        self._pool = pool
        self._job = job
        self._cursor = 0
        self._folders: deque[tuple[str, str | None]] = deque()
        self._scanning: dict[str, Frame | None] = {}
        self._more = True  # the catalog may hold items or folders that were not read yet
        self._unlisted = True  # of these, folders: asked for with each photograph, they took a twentieth of our time

    @property
    def scanning(self) -> bool:
        """A listing is under way."""
        return bool(self._scanning)

    @property
    def ending(self) -> bool:
        """No item will come any more, as far as is known."""
        return not (self.items or self._more)

    @property
    def empty(self) -> bool:
        """Everything is through: asks the catalog, and reads it from the beginning if there is something against
        expectation. A job is never called done while its durable queue is not empty."""
        if self.items or self._folders or self._more:
            return False
        stored = self._store.job(self._job)
        if stored is not None and (stored.pending or stored.folders):
            self.again()
        return not self._more

    def again(self) -> None:
        """The queue has changed otherwise than by what was under way: it is read from the beginning."""
        self.items.clear()
        self._folders.clear()
        self._cursor, self._more, self._unlisted = 0, True, True

    def read(self) -> None:
        """Reads ahead from the catalog."""
        if not self._more:
            return
        if self._unlisted and not self._folders:
            pending = self._store.pending_folders(self._job)
            self._folders.extend(row for row in pending if row[0] not in self._scanning)
            self._unlisted = bool(self._folders)
        if not self.items:
            self.items.extend(self._store.pending_items(self._job, self._cursor, READ_AHEAD))
            if self.items:
                self._cursor = self.items[-1].id
        self._more = bool(self.items) or bool(self._folders)

    def scan(self, wanted: Wanted) -> None:
        """Has folders listed, as many as there is room for."""
        while self._folders and len(self._scanning) < SCANS:
            folder, after = self._folders[0]
            frame = self._pool.allocate(SCAN_ROOM)
            if frame is None:
                return
            self._folders.popleft()
            self._scanning[folder] = frame
            self._runner.submit("loader", ("scan", folder), m.Scan(folder, after, wanted, frame), front=True)

    def scanned(self, folder: str, outcome: Outcome) -> None:
        """A page of a listing, or why there is none: to be recorded by the writer."""
        frame = self._scanning[folder]
        task: m.Record | m.Refuse
        if outcome.refused is not None:
            task = m.Refuse(self._job, folder, Reason(outcome.refused.reason), outcome.refused.error)
        else:
            assert frame is not None
            task = m.Record(self._job, folder, frame, outcome.value.used)
        if outcome.stuck:
            self._scanning[folder] = None  # a process asleep in the kernel may still write there
        self._runner.submit("writer", ("record", folder), task, prompt=not self.items)

    def recorded(self, folder: str) -> None:
        """What was found stands in the durable queue."""
        self._drop(folder)
        self._more = self._unlisted = True

    def halt(self) -> None:
        """Takes back the listings that no loader has begun."""
        for _, key in self._runner.cancel(lambda stage, key: cast(tuple[str, str], key)[0] == "scan"):
            self._drop(cast(tuple[str, str], key)[1])

    def _drop(self, folder: str) -> None:
        frame = self._scanning.pop(folder)
        if frame is not None:
            self._pool.free(frame)
