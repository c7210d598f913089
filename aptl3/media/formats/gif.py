"""GIF (of an animation the first frame), by Pillow."""

from __future__ import annotations

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster

_TRAILER = 0x3B


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, ("GIF",), _whole)


def _whole(data: memoryview) -> bool:
    return data[-1] == _TRAILER
