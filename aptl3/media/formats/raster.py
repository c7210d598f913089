"""What every format gives, and what is asked of it: the two ends of a decoder.

``Demand`` is asked on the header, before anything is decoded: it refuses what is too large and says how far the picture
may be reduced while it is decoded. ``Raster`` is the one decode from which every product is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aptl3.errors import MediaError
from aptl3.media.exif import Exif
from aptl3.media.planes import Planes
from aptl3.media.resample import Box, Pixels, resize
from aptl3.records.failure import Reason
from aptl3.records.model import PictureInput

# Decoded pixels; four bytes each while decoding. 151 megapixels is the largest camera's frame.
MAX_PIXELS = 160_000_000
# Formats that are reduced while they are decoded (baseline JPEG) never hold the full picture: a panorama of 500
# megapixels is welcome. What is refused here would take longer than a file's deadline.
_MAX_REDUCED = 8


@dataclass(frozen=True)
class Demand:
    """What the products need: models' inputs and a thumbnail of at most ``thumbnail`` pixels a side."""

    inputs: tuple[PictureInput, ...] = ()
    thumbnail: int | None = None
    max_pixels: int = MAX_PIXELS

    def reduction(self, width: int, height: int, spare: float) -> int:
        """The largest whole number by which width and height may be divided so that every input is still reduced by
        ``spare`` after it, and the thumbnail need not be enlarged."""
        limits = [one.crop * min(width, height) / (one.size * spare) for one in self.inputs]
        if self.thumbnail:
            limits.append(max(width, height) / self.thumbnail)
        return max(1, int(min(limits, default=min(width, height))))

    def check(self, width: int, height: int, reduction: int = 1) -> None:
        """Refuses a picture that would need too much memory. ``reduction``: by which it is divided while it is decoded.

        Raises:
            MediaError: TOO_LARGE, or CORRUPT for one without pixels.
        """
        if width < 1 or height < 1:
            raise MediaError(Reason.CORRUPT, f"a picture of {width}×{height} pixels")
        allowed = self.max_pixels * min(reduction**2, _MAX_REDUCED)
        if width * height > allowed:
            raise MediaError(
                Reason.TOO_LARGE,
                f"{width}×{height} pixels are more than the {allowed / 1e6:.0f} megapixels allowed",
            )


@dataclass(frozen=True)
class Raster:
    """One decoded picture. ``width`` and ``height`` are the full size as stored, before the rotation that ``exif`` asks
    for; ``pixels`` are uint8 RGB, ⌈height/reduction⌉ × ⌈width/reduction⌉ × 3, each the average of a block, or planes
    whose luma has that size."""

    format: str
    width: int
    height: int
    pixels: NDArray[np.uint8] | Planes
    reduction: int
    exif: Exif

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the reduced picture."""
        return -(-self.height // self.reduction), -(-self.width // self.reduction)

    def resize(self, box: Box, size: tuple[int, int], *, fine: bool = True) -> Pixels:
        """``resample.resize`` of the part ``box`` of the reduced picture, to RGB."""
        if isinstance(self.pixels, Planes):
            return self.pixels.resize(box, size, fine=fine)
        return resize(self.pixels, box, size, fine=fine)
