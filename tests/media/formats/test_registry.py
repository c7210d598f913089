"""Formats by name and by content, and formats of other packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.errors import Aptl3Error
from aptl3.media.formats import registry
from aptl3.media.picture import decode
from tests.bad_input import encoded, photograph

PLUGIN = """
import numpy as np
from aptl3.media.exif import Exif
from aptl3.media.formats.raster import Raster
from aptl3.media.formats.registry import Format

FLAT = Format("FLAT", (".flat",), rb"FLAT", "flatformat:decode")

def decode(data, demand):
    demand.check(data[4], data[5])
    pixels = np.full((data[5], data[4], 3), data[6], np.uint8)
    return Raster("FLAT", data[4], data[5], pixels, 1, Exif())
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages of our own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    _forget()
    yield tmp_path
    sys.modules.pop("flatformat", None)
    _forget()


def _forget() -> None:
    for cached in (registry.formats, registry.suffixes, registry._load):
        cached.cache_clear()


def install(place: Path, entry: str) -> None:
    folder = place / "flat_format-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: flat-format\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[{registry.GROUP}]\nflat = {entry}\n")


def test_another_packages_format(place: Path) -> None:
    (place / "flatformat.py").write_text(PLUGIN)
    install(place, "flatformat:FLAT")
    assert registry.is_candidate("a.flat")
    assert decode(b"FLAT\x09\x07\x2a").info.format == "FLAT"
    thumbnail = decode(b"FLAT\x09\x07\x2a", thumbnail=300).thumbnail
    assert thumbnail is not None
    assert thumbnail.tolist() == [[[42] * 3] * 9] * 7


def test_another_packages_format_that_does_not_load_is_named(place: Path) -> None:
    install(place, "flatformat:FLAT")
    with pytest.raises(Aptl3Error, match=r"flat-format.*repair or uninstall"):
        registry.formats()


@pytest.mark.parametrize(
    "name", ["a.jpg", "a.JPG", "b.jpeg", ".png.webp", "x.TIFF", "x.gif", "x.bmp", "x.avif", "ü.jp2", "a.txt", "B.TXT"]
)
def test_candidates(name: str) -> None:
    assert registry.is_candidate(name)


@pytest.mark.parametrize("name", ["jpg", ".jpg", "a.jpg.part", "a.txt~", "a", "", "a.eps", "a.pdf"])
def test_no_candidates(name: str) -> None:
    assert not registry.is_candidate(name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_content_is_recognized(kind: str) -> None:
    assert registry.recognize(memoryview(encoded(photograph(), kind))).name == kind


def test_what_no_signature_claims_goes_to_pillow() -> None:
    assert registry.recognize(memoryview(b"")).name == "other"
    for kind in ("PPM", "TGA", "JPEG2000", "AVIF", "ICO"):
        data = encoded(photograph(), kind)
        assert registry.recognize(memoryview(data)).name == "other"
        assert decode(data).info.format == kind


def test_names_are_as_pillow_gives_them() -> None:
    from PIL import Image

    Image.init()
    assert {one.name for one in registry._BUILT_IN} <= set(Image.ID)
    assert set(registry._OTHER.suffixes) <= set(Image.registered_extensions())
