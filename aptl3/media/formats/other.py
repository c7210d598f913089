"""Whatever else Pillow opens: AVIF, JPEG 2000, PPM, TGA, PSD, ICO, QOI … recognized by Pillow itself.

Left out: formats that run another program (EPS starts Ghostscript) or that Pillow only names and cannot draw.
"""

from __future__ import annotations

from functools import cache

from PIL import Image

from aptl3.media.formats import pillow
from aptl3.media.formats.raster import Demand, Raster
from aptl3.records.failure import Reason

_LEFT_OUT = {"BUFR", "EPS", "FITS", "GRIB", "HDF5", "IPTC", "MPEG", "WMF"}


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    return pillow.decode(data, demand, _names(), unknown=Reason.UNSUPPORTED)


@cache
def _names() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in Image.ID if name not in _LEFT_OUT)
