"""Sizes and encoding of thumbnails."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aptl3.media.thumbnail import encode, thumbnail_size
from tests.bad_input import photograph


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.integers(1, 2000))
def test_sizes(width: int, height: int, longest: int) -> None:
    wide, tall = thumbnail_size(width, height, longest)
    assert max(wide, tall) == min(longest, max(width, height))
    assert min(wide, tall) >= 1
    assert wide <= width
    assert tall <= height
    if min(wide, tall) > 20:
        assert wide / tall == pytest.approx(width / height, rel=0.06)


def test_a_thumbnail_is_a_jpeg_of_the_same_pixels() -> None:
    pixels = np.asarray(photograph(1, (300, 225)))
    jpeg = encode(pixels)
    with Image.open(io.BytesIO(jpeg)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 225))
        assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 8


def test_one_that_is_too_large_for_its_room_loses_quality_and_not_its_place() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    full = len(encode(noise))
    assert full < 128 * 1024
    for room in (full, full // 2, full // 4):
        jpeg = encode(noise, room)
        assert len(jpeg) <= room
        with Image.open(io.BytesIO(jpeg)) as image:
            assert image.size == (300, 300)
    with pytest.raises(ValueError, match="does not fit"):
        encode(noise, 200)
