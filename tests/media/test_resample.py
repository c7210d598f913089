"""The kernel against Pillow's antialiased bicubic in float32."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from aptl3.media.resample import Box, resize
from tests.bad_input import photograph


def exactly(frame: NDArray[np.uint8], box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    corners = (box.x, box.y, box.x + box.width, box.y + box.height)
    planes = [
        np.asarray(Image.fromarray(frame[..., c].astype(np.float32)).resize(size, Image.Resampling.BICUBIC, corners))
        for c in range(3)
    ]
    return np.stack(planes, -1).clip(0, 255).astype(np.float32)


def detailed(width: int, height: int) -> NDArray[np.uint8]:
    """Blobs, grain, and edges of one pixel."""
    pixels = np.array(photograph(7, (width, height)))
    pixels[::9] //= 2
    pixels[:, ::13] = 255 - pixels[:, ::13]
    return pixels


@settings(deadline=None, max_examples=80)
@given(
    width=st.integers(24, 1100),
    height=st.integers(24, 1100),
    share=st.floats(0.3, 1.0),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    size=st.integers(16, 224),
)
def test_it_gives_what_the_exact_kernel_gives(
    width: int, height: int, share: float, at: tuple[float, float], size: int
) -> None:
    frame = detailed(width, height)
    side = share * min(width, height)
    box = Box(at[0] * (width - side), at[1] * (height - side), side, side)
    found = resize(frame, box, (size, size))
    assert found.shape == (size, size, 3)
    assert found.flags.c_contiguous
    error = np.abs(found.astype(np.float32) - exactly(frame, box, (size, size)))
    # Of 255, on pixels that are hard on purpose; cv2's INTER_LINEAR is off by 6 to 18, and by 38 to 117.
    assert error.mean() < 4
    assert np.percentile(error[2:-2, 2:-2], 99) < 24  # at the frame's edge the two continue it differently


@pytest.mark.parametrize("shape", [(375, 500), (500, 375), (427, 640), (3000, 40), (1024, 768)])
@pytest.mark.parametrize("fine", [True, False])
def test_a_flat_picture_stays_flat(shape: tuple[int, int], fine: bool) -> None:
    frame = np.full((*shape, 3), (17, 130, 250), np.uint8)
    height, width = max(1, shape[0] // 2), max(1, shape[1] // 2)
    found = resize(frame, Box(0, 0, shape[1], shape[0]), (width, height), fine=fine)
    assert np.abs(found.astype(int) - (17, 130, 250)).max() <= 1


def test_a_fraction_of_a_pixel_is_not_lost() -> None:
    ramp = np.repeat(np.linspace(0, 255, 500).astype(np.uint8)[None, :, None], 375, 0).repeat(3, 2)
    still = resize(ramp, Box(80.0, 20.0, 328.0, 328.0), (224, 224)).astype(float)
    moved = resize(ramp, Box(82.4, 20.0, 328.0, 328.0), (224, 224)).astype(float)
    assert (moved - still).mean() == pytest.approx(2.4 * 255 / 499, abs=0.15)


def test_what_needs_no_resizing_is_kept() -> None:
    frame = detailed(300, 200)
    assert np.array_equal(resize(frame, Box(0, 0, 300, 200), (300, 200)), frame)


def test_one_pixel_can_be_enlarged() -> None:
    frame = np.full((1, 1, 3), 99, np.uint8)
    assert (resize(frame, Box(0.0625, 0.0625, 0.875, 0.875), (224, 224)) == 99).all()


def test_coarse_is_good_enough_for_eyes() -> None:
    frame = detailed(500, 375)
    box = Box(0, 0, 500, 375)
    error = resize(frame, box, (300, 225), fine=False).astype(np.float32) - exactly(frame, box, (300, 225))
    assert np.abs(error).mean() < 6
