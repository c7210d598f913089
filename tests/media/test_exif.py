"""EXIF facts from real blocks, and from damaged ones without an error."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aptl3.media.exif import Exif, from_tags, parse


def block(**tags: object) -> bytes:
    """A TIFF-structured block as Pillow writes it."""
    exif = Image.Exif()
    for name, value in tags.items():
        if name == "taken":
            exif.get_ifd(0x8769)[0x9003] = value
        else:
            exif[{"orientation": 0x0112, "make": 0x010F, "model": 0x0110, "artist": 0x013B}[name]] = value
    return exif.tobytes()[6:]


def test_a_cameras_block() -> None:
    data = block(orientation=6, make="NIKON", model="D70", taken="2004:05:06 07:08:09", artist="x" * 500)
    assert parse(memoryview(data)) == Exif(6, "2004-05-06T07:08:09", "NIKON D70")


def test_big_endian_blocks() -> None:
    text = b"2001:02:03 04:05:06\0"
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, 8, 0) + struct.pack(">HHII", 0x8769, 4, 1, 8 + 2 + 24 + 4)
    first = struct.pack(">H", 2) + entries + struct.pack(">I", 0)
    inner = struct.pack(">H", 1) + struct.pack(">HHII", 0x9003, 2, len(text), 8 + len(first) + 2 + 12 + 4) + bytes(4)
    data = b"MM\x00\x2a" + struct.pack(">I", 8) + first + inner + text
    assert parse(memoryview(data)) == Exif(8, "2001-02-03T04:05:06", None)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("", "X100", "X100"),
        ("Leica\0\0junk", "M\x07 9  ", "Leica M 9"),
        ("", "", None),
        (7, b"M9\0\0", "M9"),
    ],
)
def test_cameras(make: object, model: object, camera: str | None) -> None:
    assert from_tags(1, None, make, model).camera == camera


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "2020:02:30 00:00:00", "yesterday", 12]
)
def test_dates_that_there_are_not(taken: object) -> None:
    assert from_tags(1, taken, None, None).taken_at is None


@pytest.mark.parametrize("orientation", [0, 9, -1, "6", None, 6.0])
def test_orientations_that_there_are_not(orientation: object) -> None:
    assert from_tags(orientation, None, None, None).orientation == 1


@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    assert 1 <= parse(memoryview(data)).orientation <= 8
    assert 1 <= parse(memoryview(b"II\x2a\0\x08\0\0\0" + data)).orientation <= 8


@given(st.data())
def test_damaged_blocks_give_an_answer(data: st.DataObject) -> None:
    whole = bytearray(block(orientation=6, make="NIKON", model="D70", taken="2004:05:06 07:08:09"))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    assert 1 <= parse(memoryview(whole)[:cut]).orientation <= 8
