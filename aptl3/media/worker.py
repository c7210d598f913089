"""A process that does nothing but decode: what to settle once, before the first picture.

Not done on import: both settings hold for a whole process, and only a worker's own process is ours to settle.
"""

from __future__ import annotations

import ctypes
import sys

_MIB = 1 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_MAPPED = 16 * _MIB  # from this size on memory goes back at once: a large picture leaves nothing behind
_KEPT = 32 * _MIB  # of freed memory that the process may keep


def prepare() -> None:
    """One thread for cv2 (there are as many decoders as cores serve), freed memory kept.

    glibc gives a picture's memory back to the system after each picture, and gets it again page by page for the next:
    400 page faults, 0.8 of 2.9 ms for a picture of 500×375 where a fault is dear (a virtual machine). Other systems'
    allocators keep it of themselves.
    """
    import cv2

    cv2.setNumThreads(1)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries (musl) have none
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _MAPPED)
            mallopt(_M_TRIM_THRESHOLD, _KEPT)
