"""The one writer of a library.

Guarantees: at most one process holds the lock, for as long as it lives; the operating system frees it when the process
ends, however it ends. The file is never deleted, since a second process could then lock a new file of that name while
the first still holds the old one. It holds the process id of who held it last, which may be somebody else's by
now: whoever decides by it asks the operating system about that process first.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from aptl3.errors import LibraryBusy
from aptl3.storage.files import translated

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_PAUSE = 0.02  # seconds between tries: the file locks of the platforms have no wait with a deadline


class WriterLock:
    """An exclusive lock of the operating system on ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self, deadline: float = 0.0, *, mode: int = 0o600) -> None:
        """Takes the lock, waiting up to ``deadline`` seconds. Raises LibraryBusy, or LibraryReadOnly."""
        with translated(self._path.parent):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), mode)
        end = time.monotonic() + deadline
        while not _try_lock(handle):
            if time.monotonic() >= end:
                owner = self.owner()
                os.close(handle)
                by = f"process {owner}" if owner else "another process"
                raise LibraryBusy(f"the library in {self._path.parent} is being written by {by}; wait until it is done")
            time.sleep(_PAUSE)
        self._handle = handle
        with contextlib.suppress(OSError):  # the lock holds without the id: a full disk must not keep one from removing
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())

    def held(self) -> bool:
        """Whether a process holds it now. Nothing is created or noted."""
        with translated(self._path.parent):
            try:
                handle = os.open(self._path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
            except FileNotFoundError:
                return False
        try:
            return not _try_lock(handle)
        finally:
            os.close(handle)

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def owner(self) -> int | None:
        """The process id that the last holder wrote, if it can be read."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._path.read_bytes())
        return None


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, 1 << 30, os.SEEK_SET)  # far behind the id, which others may want to read
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
