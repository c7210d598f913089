"""Any mode that Pillow opens → 8-bit RGB.

What is transparent is laid over white: the colours under full transparency are arbitrary (mostly black), and drawings
with a transparent ground are made to be seen on a light page. Samples of more than 8 bits keep their upper 8; those
that have no natural range (floating point, 32-bit) are stretched from their least to their greatest value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded image in mode RGB; the same object where it is in that mode already."""
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA"))
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        return Image.fromarray(_stretched(np.asarray(image))).convert("RGB")
    if image.mode == "LAB":
        return _from_lab(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _stretched(values: NDArray[Any]) -> NDArray[np.uint8]:
    """16-bit samples in a 32-bit mode keep their range, others are stretched; what is not finite becomes black."""
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if values.dtype.kind == "i" and low >= 0 and 255 < high < 65536:
        low, high = 0.0, 65535.0
    span = high - low
    return ((numbers - low) * (255.0 / span if span else 0.0)).astype(np.uint8)


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # it is None only when converting in place
    return converted
