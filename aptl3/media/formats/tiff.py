"""TIFF (its first page), by Pillow: 8 and 16 bits, floating point, CMYK, Lab, and the compressions of libtiff."""

from __future__ import annotations

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, ("TIFF",), _whole)


def _whole(data: memoryview) -> bool:
    """The first directory, which most writers put behind the pixels, lies within the file."""
    order = "little" if data[0] == ord("I") else "big"
    return len(data) >= int.from_bytes(data[4:8], order) + 2  # type: ignore[arg-type]
