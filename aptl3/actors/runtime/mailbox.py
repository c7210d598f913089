"""One-way mailboxes between exactly two processes, over pipes.

A mailbox is thrown away when either process dies. Each process holds only its own end, so a death is an end-of-file
at the other, also in the middle of a message. The worker's ends block; the supervisor's never do: half a message
stays in a buffer here, whether the other half is late or will never come.

POSIX pipes are byte streams and get a header with each message's size. Windows pipes keep message bounds themselves;
their ends are in ``connections``.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import threading
from multiprocessing.connection import Connection

from aptl3.failpoints import armed, failpoint

_HEADER = struct.Struct("!I")
_CHUNK = 1 << 16  # bytes; a Linux pipe holds no more
LARGEST = 1 << 26  # bytes; a larger size in a header is a worker whose memory is spoilt


class Broken(Exception):
    """What came is no message: the process at the other end must not be trusted any more."""


if sys.platform == "win32":
    from aptl3.actors.runtime.connections import Inbox, Outbox, Receiver, Sender
else:

    class Inbox:
        """The worker's reading end."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection
            self._poll = select.poll()  # Connection.poll makes a new one for each message
            self._poll.register(connection.fileno(), select.POLLIN)

        def wait(self, timeout: float) -> bool:
            """Whether there is something to read, or the supervisor is gone, within ``timeout`` seconds."""
            return bool(self._poll.poll(1000 * timeout))

        def receive(self) -> bytes:
            """The next message. EOFError when the supervisor is gone."""
            (size,) = _HEADER.unpack(self._exactly(_HEADER.size))
            return self._exactly(size)

        def _exactly(self, size: int) -> bytes:
            data = bytearray()
            while len(data) < size:
                chunk = os.read(self._connection.fileno(), size - len(data))
                if not chunk:
                    raise EOFError("the supervisor is gone")
                data += chunk
            return bytes(data)

    class Outbox:
        """The worker's writing end, for all its threads."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection
            self._lock = threading.Lock()

        def send(self, message: bytes) -> None:
            """Blocks while the pipe is full. OSError when the supervisor is gone."""
            data = memoryview(_HEADER.pack(len(message)) + message)
            with self._lock:
                if armed("message-middle"):
                    self._write(data[: len(data) // 2])
                    failpoint("message-middle")
                    data = data[len(data) // 2 :]
                self._write(data)

        def send_if_free(self, message: bytes) -> None:
            """Sends, unless another thread is sending now."""
            if self._lock.acquire(blocking=False):
                try:
                    self._write(memoryview(_HEADER.pack(len(message)) + message))
                finally:
                    self._lock.release()

        def _write(self, data: memoryview) -> None:
            while data:
                data = data[os.write(self._connection.fileno(), data) :]

    class Receiver:
        """The supervisor's reading end. ``closed``: the worker is gone, nothing more will come."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection
            self._buffer = bytearray()
            self.closed = False
            os.set_blocking(connection.fileno(), False)

        @property
        def source(self) -> int:
            """What to wait for."""
            return self._connection.fileno()

        def receive(self) -> list[bytes]:
            """All messages that have come in full. Broken when they can't be told apart."""
            while not self.closed:
                try:
                    chunk = os.read(self._connection.fileno(), _CHUNK)
                except BlockingIOError:
                    break
                self._buffer += chunk
                self.closed = not chunk
            return self._split()

        def close(self) -> None:
            self._connection.close()

        def _split(self) -> list[bytes]:
            messages = []
            start = 0
            while len(self._buffer) - start >= _HEADER.size:
                (size,) = _HEADER.unpack_from(self._buffer, start)
                if size > LARGEST:
                    raise Broken(f"a message of {size} bytes")
                end = start + _HEADER.size + size
                if end > len(self._buffer):
                    break
                messages.append(bytes(self._buffer[start + _HEADER.size : end]))
                start = end
            del self._buffer[:start]
            return messages

    class Sender:
        """The supervisor's writing end. What the pipe does not take now waits here, for ``flush``."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection
            self._left = bytearray()
            os.set_blocking(connection.fileno(), False)

        @property
        def source(self) -> int:
            """What to wait for, while ``pending``."""
            return self._connection.fileno()

        @property
        def pending(self) -> bool:
            """Whether something waits for the pipe to take it."""
            return bool(self._left)

        def send(self, message: bytes) -> None:
            """A worker that is gone is no error here: its end is noticed where it is read."""
            self._left += _HEADER.pack(len(message)) + message
            self.flush()

        def flush(self) -> None:
            try:
                while self._left:
                    del self._left[: os.write(self._connection.fileno(), self._left)]
            except BlockingIOError:
                pass
            except OSError:  # EPIPE
                self._left.clear()

        def close(self) -> None:
            self._connection.close()
