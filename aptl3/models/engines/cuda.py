"""Whether a CUDA device answers: asked of the driver, because importing torch to find out costs seconds."""

from __future__ import annotations

import ctypes
import sys


def devices() -> int:
    """How many CUDA devices this process may use; 0 without a driver. ``CUDA_VISIBLE_DEVICES`` counts."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
