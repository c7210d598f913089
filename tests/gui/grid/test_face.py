from __future__ import annotations

import pytest
from PyQt5.QtCore import QSize
from PyQt5.QtGui import QColor, QImage
from PyQt5.QtWidgets import QApplication

from aptl3.gui.grid.face import Cut, face, fitted
from aptl3.gui.theme import DARK, LIGHT, Colors
from aptl3.records.browsing import Tile
from tests.gui.library import jpeg


def tile(data: bytes | None, words: str | None = None) -> Tile:
    return Tile(7, "image" if words is None else "text", "a.jpg", data, words)


def cut(edge: int, whole: bool = False, colors: Colors = LIGHT) -> Cut:
    return Cut(edge, whole, 1.0, colors)


@pytest.mark.parametrize(
    ("size", "edge", "whole", "expected"),
    [
        ((300, 200), 100, True, (100, 66)),
        ((300, 200), 100, False, (100, 100)),
        ((200, 300), 100, True, (66, 100)),
        ((200, 300), 100, False, (100, 100)),
        ((300, 3), 100, True, (100, 1)),
        ((300, 3), 100, False, (100, 12)),  # it would have to be enlarged too much to fill its tile
        ((300, 200), 400, True, (400, 266)),
        ((300, 200), 250, False, (250, 250)),
        ((10, 10), 250, False, (40, 40)),
        ((10, 10), 250, True, (40, 40)),
    ],
)
def test_sizes(size: tuple[int, int], edge: int, whole: bool, expected: tuple[int, int]) -> None:
    image = face(tile(jpeg(1, size)), cut(edge, whole)).image
    assert image is not None
    assert (image.width(), image.height()) == expected
    assert image.format() == QImage.Format.Format_RGB32


def test_the_middle_is_seen() -> None:
    assert fitted(QSize(400, 200), 100, False) == QSize(200, 100)
    assert fitted(QSize(400, 200), 100, True) == QSize(100, 50)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_of_any_kind(mode: str) -> None:
    image = face(tile(jpeg(1, mode=mode)), cut(100)).image
    assert image is not None and image.format() == QImage.Format.Format_RGB32


@pytest.mark.parametrize("data", [None, b"", b"no jpeg", b"\xff\xd8\xff\xe0 cut"])
@pytest.mark.qt_log_ignore("JPEG", extend=True)
def test_without_a_thumbnail_there_is_no_picture(data: bytes | None) -> None:
    made = face(tile(data), cut(100))
    assert (made.image, made.name, made.words) == (None, "a.jpg", None)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("words", ["a dog", "many words " * 100, "longer" * 100, "狗" * 300])
def test_words_stay_on_their_card(qapp: QApplication, words: str, colors: Colors) -> None:
    made = face(tile(None, words), Cut(200, False, 1.25, colors))
    assert made.words == words and made.image is not None
    assert (made.image.width(), made.image.height()) == (200, 200)
    ground = QColor(colors.raised)
    seen = [(x, y) for x in range(1, 199) for y in range(1, 199) if made.image.pixelColor(x, y) != ground]
    across, down = [x for x, _ in seen], [y for _, y in seen]
    assert len(seen) > 50 and min(across) >= 10 and min(down) >= 10
    assert max(across) < 195 and max(down) < 192


def test_a_card_for_the_smallest_tile(qapp: QApplication) -> None:
    made = face(tile(None, "words that have no room"), cut(16))
    assert made.image is not None and made.image.width() == 16
