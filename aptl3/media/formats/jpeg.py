"""JPEG, at the smallest scale that serves the products: large ones by ``jpeg_planes``, others by libjpeg-turbo through
simplejpeg.

Why simplejpeg (500×375, 101 KB, one core): 1.05 ms, where cv2 takes 1.65 and Pillow 2.2. And it reports libjpeg's
warnings, where cv2 prints them to stderr and returns a picture that is grey from the damage on. A picture is refused
when it ends before its pixels do (TRUNCATED) or when its data makes no sense somewhere (CORRUPT).

Scale: 1/2, 1/4 or 1/8 (others are slower than full size), as long as the model's input is still reduced by ``_SPARE``
after it. Cosines with the vectors of the full decode, by what is left to reduce, on 24 photographs of 800 to 4000
pixels (1.9 on mosaics): 2.6: 0.9995, 2.1: 0.9993, 1.9: 0.998, 1.3: 0.997, 1.03: 0.990. So 12 megapixels are decoded at
1/4, for 3 ms more than at 1/8.

The preview inside a camera's EXIF block does not serve: it has 160×120 pixels (DCF, JEITA CP-3461), and a model's
input of 224 is to be reduced by two.

Colours are taken as sRGB: an embedded profile is not applied. CMYK and YCCK go through Pillow, which knows Adobe's
inversion.
"""

from __future__ import annotations

import re

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from aptl3.errors import MediaError
from aptl3.media.formats import jpeg_header, jpeg_planes
from aptl3.media.formats.jpeg_header import Header
from aptl3.media.formats.raster import Demand, Raster
from aptl3.records.failure import Reason

_SPARE = 2.0
_SCALES = (8, 4, 2)

# Writers pad the end of the data by a few bytes; damaged data misses its end by tens to thousands.
_PADDING = 8
_TAIL = 1 << 16  # bytes at a file's end that are looked at for its end marker


def decode(data: memoryview, demand: Demand) -> Raster:
    """See ``Format``."""
    header = jpeg_header.read(data)
    reduction = _scale(demand.reduction(header.width, header.height, _SPARE))
    # A progressive picture's coefficients are all held before the first pixel: no scale makes it small.
    demand.check(header.width, header.height, 1 if header.progressive else reduction)
    if header.components == 4:
        from aptl3.media.formats.pillow import decode as decode_by_pillow

        return decode_by_pillow(data, demand, ("JPEG",))
    pixels = jpeg_planes.read(data, header, reduction) or _pixels(data, header, reduction)
    return Raster("JPEG", header.width, header.height, pixels, reduction, header.exif)


def _scale(allowed: int) -> int:
    return next((scale for scale in _SCALES if scale <= allowed), 1)


def _pixels(data: memoryview, header: Header, reduction: int) -> NDArray[np.uint8]:
    least = (-(-header.height // reduction), -(-header.width // reduction)) if reduction > 1 else (0, 0)

    def by(strict: bool) -> NDArray[np.uint8]:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data, "RGB", min_height=least[0], min_width=least[1], strict=strict
        )
        return pixels

    try:
        return by(strict=True)
    except ValueError as error:
        if not _is_harmless(str(error)):
            raise _refusal(data, str(error)) from error
    try:
        return by(strict=False)
    except ValueError as error:
        raise _refusal(data, str(error)) from error


def _is_harmless(message: str) -> bool:
    """Whether what libjpeg says of a picture leaves the picture as it was."""
    surplus = re.search(r"(\d+) extraneous bytes", message)
    if surplus:
        return int(surplus[1]) <= _PADDING
    return message.startswith(("Warning", "Unknown Adobe", "Invalid SOS"))


def _refusal(data: memoryview, message: str) -> MediaError:
    """The reason is seen best at the end: a file that was cut off lacks its end marker, or has zeros in its place."""
    if message.startswith("Premature end of JPEG") or not bytes(data[-_TAIL:]).rstrip(b"\0").endswith(b"\xff\xd9"):
        return MediaError(Reason.TRUNCATED, "the file ends before its picture does")
    return MediaError(Reason.UNSUPPORTED if message.startswith("Unsupported") else Reason.CORRUPT, message)
