"""The model input alone, by cv2: what a program that only embeds needs of ``kernels.decode_cv2``."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.reference.kernels import _FLAGS, CROP, SIDE, Pixels, _reduction


def square_cv2(data: bytes) -> Pixels:
    """224×224×3, RGB, of a JPEG; the same as ``decode_cv2`` gives."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[_reduction(data)])
    assert pixels is not None
    height, width = pixels.shape[:2]
    side = round(CROP * min(height, width))
    top, left = (height - side) // 2, (width - side) // 2
    crop = cv2.cvtColor(pixels[top : top + side, left : left + side], cv2.COLOR_BGR2RGB)
    square: Pixels = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC)
    return square
