"""Backpressure: what one worker may hold unanswered, and how many tasks it is given at a time. Pure.

The bytes are bounded so that a worker's mailbox never holds more than a pipe does (64 KiB on Linux and macOS): what
waits then waits in the supervisor's queue, where it can still go to another worker or be cancelled.
"""

from __future__ import annotations

UNANSWERED = 16 << 10  # bytes


class Credit:
    """What one worker holds. ``size`` is a message's, in bytes."""

    def __init__(self, batches: int, limit: int = UNANSWERED) -> None:
        self.batches = batches  # that may still be sent
        self.bytes = 0  # unanswered
        self.limit = limit
        self._all = batches

    @property
    def idle(self) -> bool:
        """Nothing is unanswered."""
        return self.batches == self._all

    def may_send(self, size: int, tasks: int = 1) -> bool:
        """Whether a batch of this size may go. A single task that is over the limit goes when nothing else is there."""
        return self.batches > 0 and (self.bytes + size <= self.limit or (self.idle and tasks == 1))

    def sent(self, size: int, tasks: int = 1) -> None:
        if not self.may_send(size, tasks):
            raise ValueError(f"no credit for {size} bytes")
        self.batches -= 1
        self.bytes += size

    def returned(self, size: int) -> None:
        if self.idle or size > self.bytes:
            raise ValueError(f"{size} bytes come back that were not sent")
        self.batches += 1
        self.bytes -= size


def portion(waiting: int, batch: int, idle_workers: int, *, linger: float, waited: float, idle: bool) -> int:
    """How many of the ``waiting`` tasks the least-loaded worker should have now; 0: wait for more.

    ``waited`` is the age of the oldest, ``idle`` whether that worker has nothing to do. With linger, a batch that is
    not full goes only to an idle worker and after ``linger`` seconds: in a busy worker's mailbox it would wait as
    long, and grow no more. Without, tasks are spread over the idle workers and go at once.
    """
    if linger:
        if waiting >= batch:
            return batch
        return waiting if idle and waited >= linger else 0
    return min(batch, -(-waiting // max(1, idle_workers)))
