"""PNG and APNG (its still picture), by Pillow."""

from __future__ import annotations

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, ("PNG",), _whole)


def _whole(data: memoryview) -> bool:
    """Every chunk lies within the file, up to the one that ends it (PNG specification, 5.3)."""
    at = 8
    while at + 12 <= len(data):
        if bytes(data[at + 4 : at + 8]) == b"IEND":
            return True
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return False
