"""Large JPEGs as planes: what libjpeg gives of the same data, or nothing at all."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aptl3.errors import MediaError
from aptl3.media.formats import _jpeg_scan, jpeg_header, jpeg_planes
from aptl3.media.planes import Planes
from aptl3.media.resample import Box
from tests.bad_input import encoded, photograph, with_damage

SUBSAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def read(data: bytes, reduction: int) -> Planes | None:
    return jpeg_planes.read(memoryview(data), jpeg_header.read(memoryview(data)), reduction)


def grey(data: bytes, reduction: int, height: int, width: int) -> np.ndarray:
    """Luma by libjpeg, which ends where the picture ends."""
    pixels: np.ndarray = simplejpeg.decode_jpeg(
        data, "GRAY", min_height=-(-height // reduction), min_width=-(-width // reduction), strict=False
    )
    return pixels[..., 0]


def rough(seed: int, width: int, height: int, smooth: bool) -> Image.Image:
    """Blocks of all kinds: hardly any coefficient, or each of them."""
    chance = np.random.default_rng(seed)
    if smooth:
        few = chance.integers(0, 256, (height // 9 + 1, width // 9 + 1, 3), np.uint8)
        return Image.fromarray(few).resize((width, height), Image.Resampling.BICUBIC)
    return Image.fromarray(chance.integers(0, 256, (height, width, 3), np.uint8))


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 1000),
    width=st.integers(16, 150),  # of smaller ones several scales have one size
    height=st.integers(16, 150),
    smooth=st.booleans(),
    subsampling=st.sampled_from(sorted(SUBSAMPLINGS.values())),
    quality=st.sampled_from([1, 30, 75, 90, 100]),
    optimize=st.booleans(),
    restart=st.sampled_from([0, 1, 2, 7, 65535]),
)
def test_brightness_at_an_eighth_is_that_of_libjpeg(
    seed: int, width: int, height: int, smooth: bool, subsampling: int, quality: int, optimize: bool, restart: int
) -> None:
    data = encoded(
        rough(seed, width, height, smooth),
        "JPEG",
        quality=quality,
        subsampling=subsampling,
        optimize=optimize,
        restart_marker_blocks=restart,
    )
    found = read(data, 8)
    assert found is not None
    assert np.array_equal(found.luma, grey(data, 8, height, width))


@pytest.mark.parametrize("reduction", jpeg_planes.SCALES)
@pytest.mark.parametrize("name", SUBSAMPLINGS)
def test_planes_are_averages_of_the_picture(name: str, reduction: int) -> None:
    size = (640, 480)
    picture = photograph(5, size)
    found = read(encoded(picture, "JPEG", quality=95, subsampling=SUBSAMPLINGS[name]), reduction)
    assert found is not None
    assert found.luma.shape == (480 // reduction, 640 // reduction)
    wanted = picture.convert("YCbCr")
    for plane, band in zip((found.luma, found.blue, found.red), wanted.split(), strict=True):
        box = np.asarray(band.resize(plane.shape[::-1], Image.Resampling.BOX)).astype(float)
        assert np.abs(plane - box).mean() < 2.5
    assert found.blue.shape == found.red.shape
    assert found.blue.shape[1] == found.luma.shape[1] * found.across
    assert found.blue.shape[0] == found.luma.shape[0] * found.down
    assert min(found.across, found.down) >= (0.5 if reduction == 4 else 1)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_ones_keep_their_brightness(value: int) -> None:
    found = read(encoded(Image.new("RGB", (321, 123), (value, value, value)), "JPEG"), 4)
    assert found is not None
    assert np.abs(found.luma.astype(int) - value).max() <= 1
    assert np.abs(found.blue.astype(int) - 128).max() <= 1
    assert np.abs(found.red.astype(int) - 128).max() <= 1


def without(data: bytes, marker: int) -> bytes:
    """Without the segments of one kind."""
    at = 2
    while data[at + 1] != 0xDA:
        length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == marker:
            data = data[:at] + data[at + length :]
        else:
            at += length
    return data


WHOLE = encoded(photograph(1), "JPEG", quality=90)
RESTARTS = encoded(photograph(1), "JPEG", quality=90, restart_marker_rows=1)
CAMERA = without(WHOLE, 0xE0)  # no JFIF: component ids decide


def adobe(transform: int) -> bytes:
    body = b"Adobe\0\x64\0\0\0\0" + bytes([transform])
    return CAMERA[:2] + b"\xff\xee" + (len(body) + 2).to_bytes(2, "big") + body + CAMERA[2:]


def test_what_cameras_write_is_read() -> None:
    assert read(CAMERA, 4) is not None
    assert read(adobe(1), 4) is not None
    assert read(WHOLE + b"a video of a moving photograph", 4) is not None


@pytest.mark.parametrize(
    "data",
    [
        encoded(photograph(1), "JPEG", progressive=True),
        encoded(photograph(1).convert("L"), "JPEG"),
        encoded(photograph(1).convert("CMYK"), "JPEG"),
        adobe(0),  # RGB
        without(WHOLE, 0xDB),
        without(WHOLE, 0xC4),
        without(RESTARTS, 0xDD),
        WHOLE[:-1000],
        WHOLE[:-2],
        WHOLE[:-2] + b"\0\0\xff\xd9",  # surplus bytes
        WHOLE[:-2] + b"\xff\xd0",
        RESTARTS.replace(b"\xff\xd1", b"\xff\xd2", 1),
        with_damage(WHOLE, 1),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_all_else_is_left_to_libjpeg(data: bytes) -> None:
    assert read(data, 4) is None
    assert read(data, 8) is None


@pytest.mark.parametrize("reduction", [1, 2])
def test_so_are_smaller_reductions(reduction: int) -> None:
    assert read(WHOLE, reduction) is None


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


def crafted(dc: bytes, ac: bytes, scanned: bytes, step: int = 1, sampling: int = 0x22, side: int = 16) -> bytes:
    """One MCU, by one table each."""
    frame = bytes([8, 0, side, 0, side, 3]) + bytes([1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0])
    tables = segment(0xDB, b"\0" + bytes([step]) * 64) + segment(0xC4, b"\0" + dc) + segment(0xC4, b"\x10" + ac)
    return (
        b"\xff\xd8" + tables + segment(0xC0, frame) + segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0") + scanned + b"\xff\xd9"
    )


@pytest.mark.parametrize("reduction", jpeg_planes.SCALES)
def test_blocks_of_the_longest_codes_end_where_the_data_ends(reduction: int) -> None:
    """Zeros behind the data are codes here, and a block takes as much as one can: an MCU is more than is kept there."""
    dc, ac = bytes(15) + b"\1\0", bytes(15) + b"\1\x0a"  # of each the only code: sixteen zeros, and ten more
    for length in range(400):
        assert read(crafted(dc, ac, bytes(length)), reduction) is None


@pytest.mark.parametrize("value", [1000, 1022, 1023, -1023])
def test_what_libjpeg_would_wrap_is_its(value: int) -> None:
    """One block whose mean is ``value`` steps of 4: from 4092 on libjpeg shows black for what is too bright."""
    dc = b"\1\1" + bytes(14) + b"\x0a\0"  # 0: a value of ten bits; 10: no value
    bits = "0" + f"{value if value > 0 else value + 1023:010b}" + "0" + "100" * 2
    bits += "1" * (-len(bits) % 8)
    scanned = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    data = crafted(dc, b"\1" + bytes(15) + b"\0", scanned, step=4, sampling=0x11, side=8)
    found = read(data, 8)
    assert (found is None) == (abs(value * 4) >= 4092 and value > 0)
    if found is not None:
        assert np.array_equal(found.luma, grey(data, 8, 8, 8))


def inserted(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


FRAME = WHOLE[WHOLE.index(b"\xff\xc0") :][:19]


@pytest.mark.parametrize(
    "data",
    [
        inserted(CAMERA, segment(0xE0, b"JFIF\0"), segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")),  # too short to be JFIF
        inserted(WHOLE, FRAME),
        inserted(WHOLE, segment(0xDD, b"\0\0\0")),
        inserted(WHOLE, segment(0xC8, b"")),
        inserted(WHOLE, segment(0x02, b"")),
        inserted(WHOLE, segment(0xDB, b"\x09" + bytes(64))),
        inserted(WHOLE, segment(0xDB, bytes(60))),
        inserted(WHOLE, segment(0xC4, b"\x20" + bytes(16))),
        inserted(WHOLE, segment(0xC4, b"\x00" + bytes(15))),
        WHOLE.replace(FRAME, FRAME[:5] + b"\xff\xe0" + FRAME[7:]),  # 65504 lines
        crafted(bytes([2] + [0] * 15) + b"\0\1", bytes([1] + [0] * 15) + b"\0", bytes(3)),  # a code of ones alone
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_headers_that_libjpeg_sees_in_another_way_are_its(data: bytes) -> None:
    assert read(data, 8) is None


SEEDS = [
    encoded(rough(number, 90 + 7 * number, 60, smooth=number % 2 == 0), "JPEG", quality=quality, subsampling=number % 3)
    for number, quality in enumerate([20, 75, 90, 95, 100])
] + [encoded(rough(9, 100, 100, smooth=True), "JPEG", restart_marker_blocks=3)]


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 1 << 60))
def test_of_damaged_data_it_gives_what_libjpeg_gives_or_nothing(seed: int) -> None:
    """Also holds that no data makes it read or write where it should not: under a sanitizer the same test is strict."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(160, len(data))  # behind the first tables, so that most headers stay readable
        kind = chance.randrange(4)
        if kind < 2:
            data[at] = chance.randrange(256)
        elif kind == 2:
            del data[at : at + chance.randrange(1, 9)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 9))
    damaged = bytes(data)
    try:
        header = jpeg_header.read(memoryview(damaged))
    except MediaError:
        return
    if not 0 < header.width * header.height < 1_000_000:
        return
    jpeg_planes.read(memoryview(damaged), header, 4)
    found = jpeg_planes.read(memoryview(damaged), header, 8)
    if found is None:
        return
    try:
        wanted = grey(damaged, 8, header.height, header.width)
    except ValueError:
        return  # it makes more of a header that is odd than of the picture's data
    assert np.array_equal(found.luma, wanted)


def scan(**changes: object) -> int:
    """A scan of one component of one block, with arguments that are off."""
    data = WHOLE
    header = jpeg_header.read(memoryview(data))
    huffman = jpeg_planes._huffman(header)
    component: dict[str, object] = {
        "across": 1, "down": 1, "side": 2, "quantization": b"\0\1" * 64, "dc": huffman[0, 0], "ac": huffman[1, 0],
        "plane": np.zeros(64, np.uint8), "stride": 8,
    }  # fmt: skip
    call: dict[str, object] = {"start": header.data, "rows": 1, "columns": 1, "restart": 0}
    component.update((key, value) for key, value in changes.items() if key in component)
    call.update((key, value) for key, value in changes.items() if key in call)
    return _jpeg_scan.read(data, call["start"], (tuple(component.values()),), *list(call.values())[1:])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"stride": 1},
        {"stride": -8},
        {"plane": np.zeros(8, np.uint8)},
        {"rows": 5},
        {"columns": 5},
        {"rows": 0},
        {"rows": 1 << 40},
        {"across": 5},
        {"down": 0},
        {"side": 3},
        {"restart": -1},
        {"start": -1},
        {"start": 1 << 40},
        {"quantization": bytes(127)},
        {"dc": b""},
        {"dc": bytes([0] * 15 + [3]) + b"\1\2"},  # fewer symbols than counted
        {"dc": bytes([3] + [0] * 15) + b"\1\2\3"},  # more codes than one bit has
        {"dc": bytes([1] + [0] * 15) + b"\x0c"},  # values of 12 bits
        {"ac": bytes([1] + [0] * 15) + b"\x0b"},
    ],
    ids=str,
)
def test_planes_and_tables_that_do_not_fit_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="too small"):
        scan(**changes)


def test_arguments_as_they_should_be_are_not_refused() -> None:
    assert scan() == -1  # one block is not the whole of the data


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 9), (8, 8), (15, 17)])
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS.values())
def test_the_smallest_ones_have_their_size(size: tuple[int, int], subsampling: int) -> None:
    for reduction in jpeg_planes.SCALES:
        found = read(encoded(Image.new("RGB", size, (9, 99, 199)), "JPEG", subsampling=subsampling), reduction)
        assert found is not None
        width, height = -(-size[0] // reduction), -(-size[1] // reduction)
        assert found.luma.shape == (height, width)
        pixels = found.resize(Box(0, 0, width, height), (3, 3))
        assert np.abs(pixels.astype(int) - (9, 99, 199)).max() <= 4


def test_every_byte_may_be_the_last() -> None:
    for length in range(1, 600):
        assert read(SEEDS[0][:-length], 8) is None


def test_pixels_are_upright_and_in_colour() -> None:
    """Not a plane mistaken for another: by the whole decoder."""
    from aptl3.media.picture import decode
    from aptl3.records.model import PictureInput

    picture = photograph(2, (3000, 2200))
    data = encoded(picture, "JPEG", quality=92)
    found = decode(data, [PictureInput(224, 0.875)], 300)
    assert found.thumbnail is not None
    with Image.open(io.BytesIO(data)) as image:
        wanted = np.asarray(image.resize(found.thumbnail.shape[1::-1], Image.Resampling.BICUBIC))
    assert np.abs(found.thumbnail.astype(float) - wanted).mean() < 2
