from __future__ import annotations

import pytest
from PyQt5.QtCore import QSize
from PyQt5.QtGui import QImage

from aptl3.gui.grid.face import face, fitted
from aptl3.records.browsing import Tile
from tests.gui.library import jpeg


def tile(data: bytes | None, words: str | None = None) -> Tile:
    return Tile(7, "image" if words is None else "text", "a.jpg", data, words)


@pytest.mark.parametrize(
    ("size", "edge", "whole", "expected"),
    [
        ((300, 200), 100, True, (100, 66)),
        ((300, 200), 100, False, (100, 100)),
        ((200, 300), 100, True, (66, 100)),
        ((200, 300), 100, False, (100, 100)),
        ((300, 3), 100, True, (100, 1)),
        ((300, 3), 100, False, (3, 3)),  # not enlarged
        ((300, 200), 400, True, (300, 200)),
        ((300, 200), 250, False, (200, 200)),
    ],
)
def test_sizes(size: tuple[int, int], edge: int, whole: bool, expected: tuple[int, int]) -> None:
    image = face(tile(jpeg(1, size)), edge, whole).image
    assert image is not None
    assert (image.width(), image.height()) == expected
    assert image.format() == QImage.Format.Format_RGB32


def test_the_middle_is_seen() -> None:
    assert fitted(QSize(400, 200), 100, False) == QSize(200, 100)
    assert fitted(QSize(400, 200), 100, True) == QSize(100, 50)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_of_any_kind(mode: str) -> None:
    image = face(tile(jpeg(1, mode=mode)), 100, False).image
    assert image is not None and image.format() == QImage.Format.Format_RGB32


@pytest.mark.parametrize("data", [None, b"", b"no jpeg", b"\xff\xd8\xff\xe0 cut"])
@pytest.mark.qt_log_ignore("JPEG", extend=True)
def test_without_a_thumbnail_there_is_no_picture(data: bytes | None) -> None:
    made = face(tile(data), 100, False)
    assert (made.image, made.name, made.words) == (None, "a.jpg", None)


def test_texts_have_words() -> None:
    made = face(tile(None, "a dog"), 100, False)
    assert (made.image, made.words, made.modality) == (None, "a dog", "text")
