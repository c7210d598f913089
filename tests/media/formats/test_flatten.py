"""Modes to RGB."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from aptl3.media.formats.flatten import to_rgb


def one(mode: str, value: object) -> tuple[int, ...]:
    image = to_rgb(Image.new(mode, (3, 2), value))  # type: ignore[arg-type]
    assert image.mode == "RGB"
    return tuple(int(v) for v in np.asarray(image)[0, 0])


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("RGBA", (1, 2, 3, 255), (1, 2, 3)),
        ("RGBA", (1, 2, 3, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 51), (204, 204, 204)),
        ("LA", (0, 51), (204, 204, 204)),
        ("CMYK", (255, 0, 0, 0), (0, 255, 255)),
        ("HSV", (0, 255, 255), (255, 0, 0)),
        ("YCbCr", (100, 128, 128), (100, 100, 100)),
        ("LAB", (255, 128, 128), (255, 255, 255)),
        ("I;16", 0x7FFF, (127, 127, 127)),
        ("I;16B", 0x7FFF, (127, 127, 127)),
        ("I", 5, (0, 0, 0)),
        ("F", 0.25, (0, 0, 0)),
    ],
)
def test_every_mode(mode: str, value: object, expected: tuple[int, int, int]) -> None:
    assert np.abs(np.subtract(one(mode, value), expected)).max() <= 1


def test_palettes_with_and_without_transparency() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putdata([0, 1])
    assert np.asarray(to_rgb(image)).tolist() == [[[10, 20, 30], [200, 0, 0]]]
    image.info["transparency"] = 1
    assert np.asarray(to_rgb(image)).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_ranges() -> None:
    wide = Image.fromarray(np.array([[0, 32768, 65535]], np.int32))
    assert np.asarray(to_rgb(wide))[0, :, 0].tolist() == [0, 127, 255]
    signed = Image.fromarray(np.array([[-1.0, 0.0, 1.0]], np.float32))
    assert np.asarray(to_rgb(signed))[0, :, 0].tolist() == [0, 127, 255]
    broken = Image.fromarray(np.array([[np.nan, np.inf, 1.0]], np.float32))
    assert np.asarray(to_rgb(broken))[0, :, 0].tolist() == [0, 0, 255]


def test_rgb_is_passed_on() -> None:
    image = Image.new("RGB", (2, 2))
    assert to_rgb(image) is image
