"""From a file's bytes to its products: every odd and bad file, every size, every way to hold a camera."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from aptl3.errors import MediaError
from aptl3.media.formats.raster import Demand
from aptl3.media.formats.registry import recognize
from aptl3.media.picture import decode
from aptl3.media.thumbnail import thumbnail_size
from aptl3.records.failure import Reason
from aptl3.records.model import PictureInput
from tests.bad_input import encoded, make_bad_folder, make_good_odd_folder, photograph, with_jpeg_size

INPUT = PictureInput(224, 0.875)
SMALL = PictureInput(96, 1.0)
EXACT: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
}


def held(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@settings(deadline=None, max_examples=60)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    orientation=st.integers(1, 8),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF"]),
    longest=st.sampled_from([64, 300]),
)
def test_every_size_in_every_orientation(width: int, height: int, orientation: int, kind: str, longest: int) -> None:
    picture = photograph(3, (width, height))
    data = encoded(picture, kind, exif=held(orientation), **EXACT[kind])
    found = decode(memoryview(data), [INPUT, SMALL], longest)
    upright = (height, width) if orientation >= 5 else (width, height)
    assert (found.info.format, found.info.width, found.info.height) == (kind, *upright)
    assert [pixels.shape for pixels in found.inputs] == [(224, 224, 3), (96, 96, 3)]
    assert found.thumbnail is not None
    assert found.thumbnail.shape[1::-1] == thumbnail_size(*upright, longest)
    for pixels in (*found.inputs, found.thumbnail):
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_rotation_is_undone_before_anything_else(kind: str, orientation: int) -> None:
    stored = photograph(4, (640, 426))
    options = EXACT[kind]
    exif = held(orientation)
    with Image.open(io.BytesIO(encoded(stored, kind, exif=exif, **options))) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    wanted = decode(encoded(upright, "PNG"), [INPUT], 300)
    found = decode(encoded(stored, kind, exif=exif, **options), [INPUT], 300)
    assert found.thumbnail is not None
    assert wanted.thumbnail is not None
    assert found.thumbnail.shape == wanted.thumbnail.shape
    assert difference(found.thumbnail, wanted.thumbnail) < 2
    assert difference(found.inputs[0], wanted.inputs[0]) < 2


def test_every_bad_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    expected = make_bad_folder(tmp_path)
    found = {}
    for name, reason in expected.items():
        if reason in (Reason.NOT_A_FILE, Reason.UNREADABLE):
            continue
        with pytest.raises(MediaError) as refused:
            decode((tmp_path / name).read_bytes(), [INPUT], 300)
        found[name] = refused.value.reason
        assert "\n" not in str(refused.value)
    assert found == {name: expected[name] for name in found}
    assert len(found) > 20


def test_every_odd_file_is_taken(tmp_path: Path) -> None:
    for name in make_good_odd_folder(tmp_path):
        with open(os.path.join(tmp_path, name), "rb") as file:
            found = decode(file.read(), [INPUT], 300)
        assert found.inputs[0].shape == (224, 224, 3)
        assert found.thumbnail is not None
        assert found.thumbnail.size > 0


def test_files_are_opened_by_what_they_hold(tmp_path: Path) -> None:
    make_good_odd_folder(tmp_path)
    assert decode((tmp_path / "really a png.jpg").read_bytes()).info.format == "PNG"
    assert decode((tmp_path / "really a jpeg.PNG").read_bytes()).info.format == "JPEG"


def test_camera_and_time_are_read() -> None:
    exif = held(1)
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2019:08:07 06:05:04"
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        info = decode(encoded(photograph(), kind, exif=exif)).info
        assert info.camera == "Canon EOS 5D"
        assert info.taken_at == (
            "2019-08-07T06:05:04" if kind != "TIFF" else None
        )  # Pillow's TIFF writer leaves it out


def test_the_bytes_may_lie_in_memory_that_is_read_only_or_shared() -> None:
    data = encoded(photograph(), "JPEG")
    room = bytearray(b"before" + data + b"after")
    wanted = decode(data, [INPUT])
    shared = memoryview(room)[6 : 6 + len(data)]
    assert np.array_equal(decode(shared, [INPUT]).inputs[0], wanted.inputs[0])
    assert np.array_equal(decode(shared.toreadonly(), [INPUT]).inputs[0], wanted.inputs[0])
    shared.release()
    room.clear()  # raises BufferError while anything still holds the memory


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_products_of_a_large_picture_come_from_a_reduced_decode(kind: str) -> None:
    picture = photograph(5, (2400, 1800))
    data = encoded(picture, kind)
    raster = recognize(memoryview(data)).decode(memoryview(data), Demand((INPUT,), 300))
    assert raster.reduction == 2
    assert (raster.width, raster.height, raster.size) == (2400, 1800, (900, 1200))
    found = decode(data, [INPUT], 300)
    exact = picture.resize((224, 224), Image.Resampling.BICUBIC, box=(412.5, 112.5, 1987.5, 1687.5))
    assert difference(found.inputs[0], np.asarray(exact)) < 1.5


def test_the_limit_is_checked_before_anything_is_decoded() -> None:
    jpeg = encoded(photograph(6), "JPEG")
    progressive = encoded(photograph(6), "JPEG", progressive=True)
    huge = with_jpeg_size(jpeg, 20_000, 20_000)  # its pixels are missing: decoding would say TRUNCATED
    for data, size in ((jpeg, 19_199), (progressive, 19_199), (encoded(photograph(6), "PNG"), 19_199), (huge, 10**6)):
        with pytest.raises(MediaError) as refused:
            decode(data, [INPUT], 300, max_pixels=size)
        assert refused.value.reason is Reason.TOO_LARGE
    assert decode(jpeg, max_pixels=19_200).info.width == 160


@settings(deadline=None, max_examples=300)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000", "ICO", "AVIF"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    cut=st.floats(0, 1),
)
def test_whatever_a_file_holds_it_is_a_picture_or_refused(
    kind: str, damage: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(_WHOLE[kind])
    for place, value in damage:
        data[int(place * (len(data) - 1))] = value
    if cut < 0.5:
        del data[int(2 * cut * len(data)) :]
    try:
        found = decode(memoryview(data), [SMALL], 64, max_pixels=4_000_000)
    except MediaError as refused:
        assert refused.reason in (
            Reason.EMPTY,
            Reason.TRUNCATED,
            Reason.CORRUPT,
            Reason.UNSUPPORTED,
            Reason.TOO_LARGE,
        )
    else:
        assert found.inputs[0].shape == (96, 96, 3)


_WHOLE = {
    kind: encoded(photograph(8, (96, 64)), kind)
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000", "ICO", "AVIF")
}
