"""Which size of memory pages a worker gets, where its supervisor has asked for large ones."""

from __future__ import annotations

import sys
from contextlib import suppress

_PR_SET_THP_DISABLE = 41  # prctl(2), Linux 3.15


def small_pages() -> None:
    """For a worker that computes little: large pages, of which it fills a part each, would only take memory. Linux;
    elsewhere, and where that is not allowed, all stays as it is."""
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)
