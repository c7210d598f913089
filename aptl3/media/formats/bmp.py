"""Windows bitmaps, by Pillow."""

from __future__ import annotations

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, ("BMP",), _whole)


def _whole(data: memoryview) -> bool:
    """The header says how large the file is."""
    return len(data) >= int.from_bytes(data[2:6], "little")
