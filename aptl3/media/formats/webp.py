"""WebP (of an animation the first frame), by Pillow."""

from __future__ import annotations

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, ("WEBP",), _whole)


def _whole(data: memoryview) -> bool:
    """The RIFF header says how much follows it."""
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")
