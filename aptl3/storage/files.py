"""Every change to the store's files that SQLite does not make itself.

Guarantees: what ``sync`` and ``sync_folder`` returned for is on the disk (``F_FULLFSYNC`` on macOS, where a plain fsync
leaves it in the drive's cache); folders and files are made for their owner alone whatever the umask, or for those to
whom the catalog was opened. The writer reaches files only through one of these objects, so that a test can stand in a
model of a disk that forgets what was not synced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from aptl3.errors import Aptl3Error, DiskFull, LibraryDamaged, LibraryReadOnly

if sys.platform == "darwin":
    import fcntl

_FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)  # the one for POSIX, one for Windows
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


class Files:
    """Operations on the real file system. Handles are file descriptors; offsets and sizes are bytes."""

    def make_folder(self, path: Path, mode: int) -> None:
        """Makes one folder, whose parent exists, and puts its name on the disk. Nothing happens when it is there."""
        try:
            os.mkdir(path, mode)
        except FileExistsError:
            return
        os.chmod(path, mode)
        self.sync_folder(path.parent)

    def open(self, path: Path, mode: int | None = None) -> int:
        """A handle for writing to a file that is there; ``mode`` gives it these permissions."""
        handle = os.open(path, _FLAGS)
        if mode is not None:
            os.chmod(path, mode)
        return handle

    def create(self, path: Path, mode: int) -> int:
        """A handle for a new empty file, or one emptied. Its name is on the disk only after ``sync_folder``."""
        handle = os.open(path, _FLAGS | os.O_CREAT | os.O_TRUNC, mode)
        os.chmod(path, mode)
        return handle

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> None:
        left = memoryview(data)
        os.lseek(handle, offset, os.SEEK_SET)
        while left:
            left = left[os.write(handle, left) :]

    def size(self, handle: int) -> int:
        return os.fstat(handle).st_size

    def truncate(self, handle: int, size: int) -> None:
        """Cuts a file off. Windows does not while a reader maps it; then the next rows are written over the rest."""
        with contextlib.suppress(*([OSError] if os.name == "nt" else [])):
            os.ftruncate(handle, size)

    def sync(self, handle: int) -> None:
        if sys.platform == "darwin":
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fsync(handle)

    def sync_folder(self, path: Path) -> None:
        if os.name == "nt":  # folders cannot be opened there; NTFS journals names by itself
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def remove(self, path: Path) -> None:
        """Removes a file. One that is gone, or that Windows keeps because a reader maps it, is left for later."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            os.unlink(path)

    def remove_folder(self, path: Path) -> None:
        """Removes a folder with all that is in it, as far as that can be; what is left is left for later."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for inner in sorted(path.iterdir()):
                self.remove_folder(inner) if inner.is_dir() else self.remove(inner)
        with contextlib.suppress(OSError):
            path.rmdir()


def modes(catalog: Path) -> tuple[int, int]:
    """Permissions for new folders and files. Whoever opened the catalog to a group (chmod) opened the library to it."""
    try:
        file = 0o600 | (os.stat(catalog).st_mode & 0o660)
    except FileNotFoundError:
        file = 0o600
    return file | (file & 0o440) >> 2, file


@contextlib.contextmanager
def translated(root: Path) -> Iterator[None]:
    """Turns what the operating system says of the store's files into errors that say what to do."""
    try:
        yield
    except OSError as error:
        raise told(error, root) from error


def told(error: OSError, root: Path) -> Aptl3Error:
    if error.errno in _FULL:
        return DiskFull(
            f"no room is left for the library in {root}; free some space, the same command goes on from there"
        )
    if error.errno in _REFUSED:
        return LibraryReadOnly(f"the library in {root} cannot be written by this user ({error.strerror})")
    return LibraryDamaged(f"the library in {root} cannot be read or written: {error}; check the drive")
