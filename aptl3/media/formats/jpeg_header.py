"""A JPEG's segments before its picture data: what is asked of them before anything is decoded."""

from __future__ import annotations

import struct
from typing import NamedTuple

from aptl3.errors import MediaError
from aptl3.media import exif
from aptl3.records.failure import Reason

SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # frame headers; the three are tables
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
SOS, _SOI, _EOI, _APP1, _TEM = 0xDA, 0xD8, 0xD9, 0xE1, 0x01
_EXIF = b"Exif\0\0"
_MOST = 10_000  # segments: 640 MB of the largest ones, so that small ones cannot fill the memory


class Header(NamedTuple):
    """``segments`` are (marker, body) in the file's order, the one that begins the picture's data last; ``data`` is
    where that begins."""

    width: int
    height: int
    components: int
    progressive: bool
    exif: exif.Exif
    segments: tuple[tuple[int, memoryview], ...]
    data: int


def read(data: memoryview) -> Header:
    """Walks the segments up to the picture's data.

    Raises:
        MediaError: TRUNCATED or CORRUPT.
    """
    frame: tuple[int, int, int, bool] | None = None
    facts = exif.Exif()
    segments: list[tuple[int, memoryview]] = []
    at = 2
    try:
        while not segments or segments[-1][0] != SOS:
            if data[at] != 0xFF:
                raise MediaError(Reason.CORRUPT, "no marker where a JPEG segment should begin")
            marker = data[at + 1]
            if marker == 0xFF:  # fill byte
                at += 1
                continue
            if marker == _EOI:
                raise MediaError(Reason.CORRUPT, "a JPEG without picture data")
            if marker == _TEM or 0xD0 <= marker < _SOI:  # markers without a segment
                at += 2
                continue
            (length,) = struct.unpack_from(">H", data, at + 2)
            if marker == _SOI or length < 2 or len(segments) == _MOST:
                raise MediaError(Reason.CORRUPT, "segments that make no sense")
            body = data[at + 4 : at + 2 + length]
            if marker in SOF and frame is None:
                height, width, components = struct.unpack_from(">HHB", body, 1)
                frame = (width, height, components, marker in _PROGRESSIVE)
            elif marker == _APP1 and bytes(body[:6]) == _EXIF:
                facts = exif.parse(body[6:])
            segments.append((marker, body))
            at += 2 + length
    except (IndexError, struct.error) as error:
        raise MediaError(Reason.TRUNCATED, "the file ends within its headers") from error
    if frame is None:
        raise MediaError(Reason.CORRUPT, "picture data without a frame header")
    return Header(*frame, facts, tuple(segments), at)
