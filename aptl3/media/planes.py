"""A picture as JPEG stores it: brightness and two colour differences, each at a resolution of its own.

A product is cut from each plane and made into RGB when it is small: colours of pixels that nobody asked for are never
computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from aptl3.media.resample import Box, Pixels, resize


@dataclass(frozen=True)
class Planes:
    """``luma`` h×w, ``blue`` and ``red`` differences (Cb, Cr) of one shape; uint8, full range (JFIF, ITU-R BT.601).

    ``across`` and ``down`` are the differences' pixels per pixel of luma.
    """

    luma: NDArray[np.uint8]
    blue: NDArray[np.uint8]
    red: NDArray[np.uint8]
    across: float
    down: float

    def resize(self, box: Box, size: tuple[int, int], *, fine: bool = True) -> Pixels:
        """``resample.resize`` of the part ``box``, in pixels of luma, to RGB."""
        scaled = Box(box.x * self.across, box.y * self.down, box.width * self.across, box.height * self.down)
        luma = resize(self.luma, box, size, fine=fine)
        red, blue = (resize(plane, scaled, size, fine=fine) for plane in (self.red, self.blue))
        pixels: Pixels = cv2.cvtColor(cv2.merge([luma, red, blue]), cv2.COLOR_YCrCb2RGB)
        return pixels
