"""Libraries that workers share: loaded once, where they are forked, before the first of a stage; else by each.

Guarantees: loading them starts no thread. Each would compute sums on all cores at its start, and wait in loops, which
took 60 ms of core time in every worker; and a process with threads cannot be forked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_THREADS = "OPENBLAS_NUM_THREADS"  # read by numpy's and by cv2's copy of OpenBLAS when they are loaded


def numbers() -> None:
    """numpy, for workers that only move its arrays about."""
    with _one_thread():
        import numpy  # noqa: F401


def files() -> None:
    """What finds files and reads them."""
    import aptl3.media.source  # noqa: F401
    from aptl3.media.formats.registry import formats

    formats()  # looks through all that is installed


def pictures() -> None:
    """What makes pictures of files' bytes, and thumbnails of pictures."""
    files()
    with _one_thread():
        import aptl3.media.formats.jpeg
        import aptl3.media.picture
        import aptl3.media.thumbnail  # noqa: F401


def no_catalog_open() -> bool:
    """Whether a copy of this process can open a catalog. One of a process that has it open cannot: SQLite believes to
    hold files that the copy has not, and says "locking protocol"."""
    return not any(target.removesuffix(" (deleted)").endswith(".sqlite3") for target in _open_files())


def _open_files() -> Iterator[str]:
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:  # nothing is forked where processes are not shown
        return
    for number in numbers:
        with suppress(OSError):  # it was open for looking
            yield os.readlink(f"/proc/self/fd/{number}")


@contextmanager
def _one_thread() -> Iterator[None]:
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
