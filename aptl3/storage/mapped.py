"""Rows of files, mapped into memory: asked of the disk all at once, and let go of when nobody looks for anything.

A row that is not in memory costs a wait for the disk, and the system then reads 128 KB around it: 432 rows out of
2.5 GB of vectors that nobody had read for a while took 1.7 s, one after the other. Told beforehand which rows are
wanted, it reads those alone, side by side: 10 ms. Where they are in memory, telling costs 5 µs a row.

What was read through a map counts as this process's memory, though it belongs to the page cache and is there for
everybody: some searches through a million vectors, and 3.7 GB seem to be in use.

Guarantees: rows only ever are what the file holds; these are hints, left out where a system has none (Windows).
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_HINTS = hasattr(mmap.mmap, "madvise")
_maps: WeakKeyDictionary[mmap.mmap, int] = WeakKeyDictionary()  # those that arrays still need → their address


def read_only(path: Path, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> Array:
    """The beginning of a file as an array of ``shape``, which must not be empty. Raises ValueError when the file is
    shorter than that, and OSError."""
    import numpy as np

    size = np.dtype(dtype).itemsize * int(np.prod(shape))
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    array: Array = np.ndarray(shape, dtype, mapped)
    _maps[mapped] = array.__array_interface__["data"][0]
    return array


def ask_for(rows: Array, starts: Array, ends: Array | None = None) -> None:
    """Some of ``rows``, C-contiguous (n, …), are going to be read: the system begins to. Those numbered ``starts``, or
    from each of these to the same of ``ends``. Of rows that are no mapped file's, nothing is asked."""
    mapped = _map_of(rows)
    if mapped is None or not _HINTS:
        return
    width = rows.strides[0]
    first = rows.__array_interface__["data"][0] - _maps[mapped]
    for start, end in zip(starts.tolist(), (starts + 1 if ends is None else ends).tolist(), strict=True):
        begin = first + start * width
        page = begin - begin % mmap.PAGESIZE
        if start < end:
            mapped.madvise(mmap.MADV_WILLNEED, page, first + end * width - page)


def let_go() -> None:
    """What was read through maps is this process's memory no more. It stays in the page cache, as long as the system
    has room: coming back to it costs some microseconds a megabyte."""
    if _HINTS:
        for mapped in list(_maps):
            mapped.madvise(mmap.MADV_DONTNEED)


def _map_of(array: Array) -> mmap.mmap | None:
    owner: Any = array
    while (further := getattr(owner, "base", None)) is not None:
        owner = further
    return owner if isinstance(owner, mmap.mmap) and owner in _maps else None
