"""The ends of mailboxes where pipes keep message bounds and can't be made non-blocking: Windows.

The same interface as in ``mailbox``. The supervisor reads only what is there in full. It writes without blocking
because a worker's mailbox thread reads at once, whatever the stage does, and credit bounds what is on its way.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from aptl3.failpoints import failpoint


class Inbox:
    """The worker's reading end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wait(self, timeout: float) -> bool:
        """Whether there is something to read, or the supervisor is gone, within ``timeout`` seconds."""
        return self._connection.poll(timeout)

    def receive(self) -> bytes:
        """The next message. EOFError when the supervisor is gone."""
        return self._connection.recv_bytes()


class Outbox:
    """The worker's writing end, for all its threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: bytes) -> None:
        """Blocks while the pipe is full. OSError when the supervisor is gone."""
        with self._lock:
            failpoint("message-middle")  # there is no half of a message here
            self._connection.send_bytes(message)

    def send_if_free(self, message: bytes) -> None:
        """Sends, unless another thread is sending now."""
        if self._lock.acquire(blocking=False):
            try:
                self._connection.send_bytes(message)
            finally:
                self._lock.release()


class Receiver:
    """The supervisor's reading end. ``closed``: the worker is gone, nothing more will come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.closed = False

    @property
    def source(self) -> Connection:
        """What to wait for."""
        return self._connection

    def receive(self) -> list[bytes]:
        """All messages that have come in full."""
        messages = []
        try:
            while not self.closed and self._connection.poll(0):
                messages.append(self._connection.recv_bytes())
        except (EOFError, OSError):
            self.closed = True
        return messages

    def close(self) -> None:
        self._connection.close()


class Sender:
    """The supervisor's writing end."""

    pending = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def source(self) -> Connection:
        """What to wait for, while ``pending``; here that is never."""
        return self._connection

    def send(self, message: bytes) -> None:
        """A worker that is gone is no error here: its end is noticed where it is read."""
        with suppress(OSError):
            self._connection.send_bytes(message)

    def flush(self) -> None:
        """Nothing is ever left over."""

    def close(self) -> None:
        self._connection.close()
