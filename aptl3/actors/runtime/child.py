"""The supervisor's side of one worker: its process, its two mailboxes, what it holds, and how long it has been quiet.

Nothing here blocks. A worker that is dying is only buried when the system says that its process is gone: until then
it may still write to the frames of its tasks. All times are watched time (``watch``), in seconds.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Hashable, Sequence
from enum import Enum
from typing import NamedTuple

from aptl3.actors.runtime.credit import Credit
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.launch import launch
from aptl3.actors.runtime.mailbox import Receiver, Sender
from aptl3.actors.runtime.messages import Message, Run, Stop, dump, load
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.waiting import Waiter

STUCK_AFTER = 10.0  # seconds after SIGKILL that a process may still be there


class Phase(Enum):
    STARTING = "starting"  # until its Ready
    READY = "ready"
    DYING = "dying"  # killed or found dead; no longer listened to


class Batch(NamedTuple):
    number: int
    keys: Sequence[Hashable]
    size: int  # bytes of its tasks
    alone: bool  # a suspect: nothing may wait behind it


class Child:
    """One worker. Watched by ``waiter`` under itself as the owner. OSError when no process can be had."""

    def __init__(
        self, spec: ChildSpec, program: bytes, memory: FrameMemory, waiter: Waiter, now: float, *, fork: bool
    ) -> None:
        self.spec = spec
        self.phase = Phase.STARTING
        self.retiring = False  # gets no more work, ends by itself
        self.credit = Credit(spec.credit)
        self.batches: deque[Batch] = deque()  # unanswered, in order: it works on the first at most
        self._since = now  # of this phase
        self._ready: tuple[float, float] | None = None  # from when to when it was ready; the end moves on while it is
        self.hang: str | None = None  # why it was killed as hung
        self._seen = now  # its last sign of life
        self._head_since = now  # when it can have begun with its first batch
        self._number = 0
        self._waiter = waiter
        context = multiprocessing.get_context("spawn")
        inbox, to_worker = context.Pipe(duplex=False)
        from_worker, outbox = context.Pipe(duplex=False)
        self._sender, self._receiver = Sender(to_worker), Receiver(from_worker)
        try:
            self._process = launch(spec, inbox, outbox, memory, program, fork=fork)
        except BaseException:
            self._sender.close()
            self._receiver.close()
            raise
        finally:  # a mailbox's end-of-file needs its ends to be in one process each
            inbox.close()
            outbox.close()
        self.pid = self._process.pid or 0
        waiter.watch(self._receiver.source, self)
        waiter.watch(self._process.sentinel, self)

    @property
    def in_flight(self) -> int:
        """Tasks that it holds."""
        return sum(len(batch.keys) for batch in self.batches)

    @property
    def able(self) -> bool:
        """Whether it can be given a batch, as far as their number goes."""
        if self.phase is not Phase.READY or self.retiring or not self.credit.batches:
            return False
        return not (self.batches and self.batches[-1].alone)

    def send(self, keys: Sequence[Hashable], tasks: bytes, now: float, *, alone: bool = False) -> int:
        """Gives it a batch; returns the message's size in bytes. Its credit must allow the size of the tasks, which are
        pickled together."""
        if not self.batches:
            self._head_since = now
        self._number += 1
        self.credit.sent(len(tasks), len(keys))
        self.batches.append(Batch(self._number, keys, len(tasks), alone))
        message = dump(Run(self._number, len(keys) > 1, tasks))
        self._post(message)
        return len(message)

    def receive(self, now: float) -> list[Message]:
        """What it said since the last time; after its death once more, for what it said before. Finds out if it is
        dead, and kills it if it talks nonsense."""
        if self.phase is not Phase.DYING:
            self._seen = now
            self._flush()
        try:
            messages: list[Message] = [load(data) for data in self._receiver.receive()]
        except Exception:  # Broken, or whatever pickle makes of spoilt bytes
            messages = []
            self.kill(now)
        if self._receiver.closed or (not messages and self.gone):
            self.kill(now)
        return messages

    def ready(self, now: float) -> None:
        """Its Ready has come."""
        if self.phase is Phase.STARTING:
            self.phase, self._since, self._ready = Phase.READY, now, (now, now)

    def ready_seconds(self, now: float) -> float:
        """How long it was ready, up to its end."""
        if self._ready is None:
            return 0.0
        if self.phase is Phase.READY:
            self._ready = (self._ready[0], now)
        return self._ready[1] - self._ready[0]

    def working(self, now: float) -> float:
        """Seconds that it has worked on its first batch, at most."""
        return now - self._head_since if self.phase is Phase.READY and self.batches else 0.0

    def oldest(self, number: int) -> Batch:
        """Its first batch, which it says to have answered. ValueError if ``number`` is another's."""
        if not self.batches or self.batches[0].number != number:
            raise ValueError(f"batch {number} is not what worker {self.pid} works on")
        return self.batches[0]

    def done(self, now: float) -> None:
        """Its first batch is answered."""
        self.credit.returned(self.batches.popleft().size)
        self._head_since = now

    def hung(self, now: float) -> str | None:
        """What it took too long for, if it did."""
        if self.phase is Phase.STARTING and now - self._since > self.spec.startup:
            return f"was not ready after {self.spec.startup:g} s"
        if self.phase is Phase.READY:
            if now - self._seen > self.spec.silence:
                return f"gave no sign of life for {self.spec.silence:g} s"
            if (self.batches or self.retiring) and now - self._head_since > self.spec.deadline:
                return f"took longer than {self.spec.deadline:g} s"
        return None

    def retire(self, now: float) -> None:
        """Lets it end: at once while it starts, else when its batches are answered."""
        if self.retiring or self.phase is Phase.DYING:
            self.retiring = True
            return
        self.retiring = True
        if self.phase is Phase.STARTING:
            self.kill(now)
            return
        if not self.batches:
            self._head_since = now
        self._post(dump(Stop()))

    def kill(self, now: float, hang: str | None = None) -> None:
        """SIGKILL; nothing for one that is dead. ``hang`` says why, when it is for being hung."""
        if self.phase is Phase.DYING:
            return
        self.ready_seconds(now)
        self.phase, self._since, self.hang = Phase.DYING, now, hang
        for source in (self._receiver.source, self._process.sentinel, self._sender.source):
            self._waiter.forget(source)
        self._process.kill()

    @property
    def gone(self) -> bool:
        """The system has no such process any more."""
        return self._process.exitcode is not None

    def stuck(self, now: float) -> bool:
        """Killed, and still there: asleep in the kernel."""
        return self.phase is Phase.DYING and now - self._since > STUCK_AFTER

    def wait_gone(self, timeout: float) -> bool:
        """Blocks for ``timeout`` seconds at most; for the end of the supervisor only."""
        self._process.join(timeout)
        return self.gone

    def describe_end(self) -> str:
        """How it ended, in words that fit after "its worker"."""
        if self.hang:
            return self.hang
        status = self._process.exitcode
        if status is not None and status < 0:
            try:
                return f"was killed by {signal.Signals(-status).name}"
            except ValueError:
                return f"was killed by signal {-status}"
        return f"ended with status {status}"

    def bury(self) -> None:
        """Closes what is left of it here, when it is dying."""
        self._sender.close()
        self._receiver.close()
        if self.gone:
            self._process.close()

    def _post(self, message: bytes) -> None:
        self._sender.send(message)
        self._flush()

    def _flush(self) -> None:
        """Sends on what the pipe did not take, and waits for the pipe while something is left."""
        self._sender.flush()
        source = self._sender.source
        if self._sender.pending and not self._waiter.watches(source):
            self._waiter.watch(source, self, writable=True)
        elif not self._sender.pending:
            self._waiter.forget(source)
