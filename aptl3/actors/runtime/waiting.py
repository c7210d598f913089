"""The one place where the supervisor sleeps: until a worker, or something of its owner's, has something to say.

On POSIX sources are file descriptors or objects with one; they stay registered from one wait to the next (epoll,
kqueue). On Windows they are Connections, sockets and process handles, and only reading is waited for.
"""

from __future__ import annotations

import selectors
import sys
from collections.abc import Sequence
from multiprocessing import connection
from typing import Any


class Waiter:
    """Sources with their owners: who is to be told."""

    def __init__(self) -> None:
        self._owners: dict[Any, Any] = {}
        self._selector = selectors.DefaultSelector()

    def watch(self, source: Any, owner: Any, *, writable: bool = False) -> None:
        """Wakes when ``source`` can be read from (or written to). Once for each source, until ``forget``."""
        self._owners[source] = owner
        if sys.platform != "win32":
            self._selector.register(source, selectors.EVENT_WRITE if writable else selectors.EVENT_READ)

    def forget(self, source: Any) -> None:
        """Before the source is closed. No error when it is not watched."""
        if self._owners.pop(source, None) is not None and sys.platform != "win32":
            self._selector.unregister(source)

    def watches(self, source: Any) -> bool:
        return source in self._owners

    def wait(self, timeout: float, also: Sequence[Any] = ()) -> tuple[list[Any], list[Any]]:
        """Owners whose sources are ready (once for each source), and those of ``also`` that can be read from."""
        timeout = max(0.0, timeout)
        if sys.platform == "win32":
            ready = connection.wait([*self._owners, *also], timeout)
            return [self._owners[s] for s in ready if s in self._owners], [s for s in also if s in ready]
        for source in also:
            self._selector.register(source, selectors.EVENT_READ)
        try:
            ready = [key.fileobj for key, _ in self._selector.select(timeout)]
        finally:
            for source in also:
                self._selector.unregister(source)
        return [self._owners[s] for s in ready if s in self._owners], [s for s in also if s in ready]

    def close(self) -> None:
        self._selector.close()
        self._owners.clear()
