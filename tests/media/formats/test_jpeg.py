"""JPEG: what is whole, what is cut off, what is damaged, and how far it is reduced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from aptl3.errors import MediaError
from aptl3.media.formats import jpeg_planes
from aptl3.media.formats.jpeg import decode
from aptl3.media.formats.raster import Demand
from aptl3.media.planes import Planes
from aptl3.media.resample import Box
from aptl3.records.failure import Reason
from aptl3.records.model import PictureInput
from tests.bad_input import encoded, photograph, with_damage, with_jpeg_size

WHOLE = encoded(photograph(1), "JPEG", quality=90)
PROGRESSIVE = encoded(photograph(1), "JPEG", quality=90, progressive=True)
RESTARTS = encoded(photograph(1), "JPEG", quality=90, restart_marker_rows=1)
INPUT = PictureInput(224, 0.875)
ALL = Demand((PictureInput(4096, 1.0),))  # more than any picture here has: nothing is reduced
KINDS = {"baseline": WHOLE, "progressive": PROGRESSIVE, "restarts": RESTARTS}


def pixels(data: bytes) -> NDArray[np.uint8]:
    """All of them."""
    found = decode(memoryview(data), ALL).pixels
    assert not isinstance(found, Planes)
    return found


def reason(data: bytes, demand: Demand = ALL) -> Reason:
    with pytest.raises(MediaError) as refused:
        decode(memoryview(data), demand)
    return refused.value.reason


@settings(deadline=None)
@given(st.floats(0, 1), st.sampled_from(sorted(KINDS)))
def test_cut_anywhere_it_is_truncated_and_never_half_a_picture(share: float, kind: str) -> None:
    whole = KINDS[kind]
    assert reason(whole[: 3 + int(share * (len(whole) - 4))]) is Reason.TRUNCATED


@settings(deadline=None)
@given(st.integers(700, len(WHOLE) - 1))
def test_a_tail_of_zeros_is_no_tail(length: int) -> None:
    assert reason(WHOLE[:length] + bytes(len(WHOLE) - length)) in (Reason.TRUNCATED, Reason.CORRUPT)


@pytest.mark.parametrize("tail", [b"\xff\xd9", b"\0" * 5000, b"a video of a moving photograph" * 100, WHOLE])
def test_what_comes_behind_the_picture_does_not_matter(tail: bytes) -> None:
    assert np.array_equal(pixels(WHOLE + tail), pixels(WHOLE))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_little_padding_before_the_end_is_harmless(kind: str) -> None:
    whole = KINDS[kind]
    assert np.array_equal(pixels(whole[:-2] + b"\0\0\0\0\xff\xd9"), pixels(whole))


@pytest.mark.parametrize("seed", range(5))
def test_damage_in_the_middle_is_refused(seed: int) -> None:
    assert reason(with_damage(WHOLE, seed)) is Reason.CORRUPT


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xd8\xff", Reason.TRUNCATED),
        (b"\xff\xd8\xff\xe0\x00", Reason.TRUNCATED),
        (b"\xff\xd8\xff\xff\xff\xff", Reason.TRUNCATED),
        (b"\xff\xd8\xff\xd9", Reason.CORRUPT),
        (b"\xff\xd8\xff\xe0\x00\x04ab nothing", Reason.CORRUPT),
        (b"\xff\xd8\xff\xda\x00\x02" + bytes(100), Reason.CORRUPT),
        (b"\xff\xd8\xff\xe0\x00\x01" + WHOLE[2:], Reason.CORRUPT),
        (b"\xff\xd8" + WHOLE, Reason.CORRUPT),
        (b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000 + WHOLE[2:], Reason.CORRUPT),
        (with_jpeg_size(WHOLE, 0, 100), Reason.CORRUPT),
        (WHOLE.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"), Reason.UNSUPPORTED),
    ],
)
def test_headers_that_make_no_sense(data: bytes, expected: Reason) -> None:
    assert reason(data) is expected


@pytest.mark.parametrize(
    ("size", "reduction"), [((500, 375), 1), ((1023, 1023), 1), ((1400, 1024), 2), ((4000, 3000), 4), ((8000, 4096), 8)]
)
def test_the_smallest_scale_that_serves(size: tuple[int, int], reduction: int) -> None:
    picture = Image.new("RGB", size, (200, 100, 50))
    found = decode(memoryview(encoded(picture, "JPEG")), Demand((INPUT,), 300))
    assert found.reduction == reduction
    assert found.size == (-(-size[1] // reduction), -(-size[0] // reduction))
    assert isinstance(found.pixels, Planes) == (reduction in (4, 8))
    resized = found.resize(Box(0, 0, *found.size[::-1]), (100, 80))
    assert resized.shape == (80, 100, 3)
    assert np.abs(resized.astype(int) - (200, 100, 50)).max() <= 3


def test_without_what_was_compiled_it_is_the_same_but_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(photograph(3, (2800, 2100)), "JPEG", quality=90)
    fast = decode(memoryview(data), Demand((INPUT,), 300))
    monkeypatch.setattr(jpeg_planes, "_jpeg_scan", None)
    slow = decode(memoryview(data), Demand((INPUT,), 300))
    assert isinstance(fast.pixels, Planes)
    assert not isinstance(slow.pixels, Planes)
    assert (fast.size, fast.reduction) == (slow.size, slow.reduction)
    whole = Box(0, 0, *fast.size[::-1])
    one, other = (raster.resize(whole, (300, 225)).astype(float) for raster in (fast, slow))
    assert np.abs(one - other).mean() < 1


def test_a_thumbnail_alone_needs_less() -> None:
    data = encoded(Image.new("RGB", (2400, 100)), "JPEG")
    assert decode(memoryview(data), Demand((), 300)).reduction == 8
    assert decode(memoryview(data), Demand((INPUT,), 300)).reduction == 1
    assert decode(memoryview(encoded(Image.new("RGB", (2399, 1)), "JPEG")), Demand((), 300)).reduction == 4


def test_a_panorama_is_welcome_where_it_is_never_held_whole() -> None:
    baseline = encoded(Image.new("RGB", (9000, 8000)), "JPEG")
    progressive = encoded(Image.new("RGB", (9000, 8000)), "JPEG", progressive=True)
    demand = Demand((INPUT,), 300, max_pixels=10_000_000)
    assert decode(memoryview(baseline), demand).reduction == 8
    assert reason(progressive, demand) is Reason.TOO_LARGE


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_colours(mode: str) -> None:
    picture = Image.new("RGB", (64, 48), (220, 30, 60)).convert(mode)
    found = pixels(encoded(picture, "JPEG", quality=95))
    assert np.abs(found.astype(int) - np.asarray(picture.convert("RGB"))).max() <= 4


def test_cmyk_that_is_cut_off_is_refused_too() -> None:
    data = encoded(photograph(2).convert("CMYK"), "JPEG")
    assert reason(data[: len(data) // 2]) is Reason.TRUNCATED
