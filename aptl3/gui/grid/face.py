"""The face of a media item: what its tile shows, ready to be put on the screen. Made outside the interface's thread.

A picture is decoded and cut to size, words are set on a card; painting a screen of tiles is then copying pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PyQt5.QtGui import QImage, QImageReader

from aptl3.gui.grid.card import card
from aptl3.gui.theme import Colors
from aptl3.records.browsing import Tile

LARGER = 4  # times that a picture is enlarged at the most; a smaller one, an icon say, stays in the middle of its tile


@dataclass(frozen=True)
class Cut:
    """How faces are made: for tiles ``edge`` pixels wide and high, ``ratio`` pixels a point; a picture fills its tile,
    or lies in it as a ``whole``; words are written in ``colors``."""

    edge: int
    whole: bool
    ratio: float
    colors: Colors


@dataclass(frozen=True)
class Face:
    """``image`` is None for a picture without a thumbnail. A text has ``words``."""

    media: int
    modality: str
    name: str
    words: str | None
    image: QImage | None
    cut: Cut

    @property
    def bytes(self) -> int:
        """What it takes in memory, roughly."""
        return 1000 + (0 if self.image is None else self.image.sizeInBytes())

    def fits(self, cut: Cut) -> bool:
        """It looks as if it had been made so."""
        if self.image is None:
            return True
        if self.words is not None:
            return self.cut == cut
        return (self.cut.edge, self.cut.whole) == (cut.edge, cut.whole)


def face(tile: Tile, cut: Cut) -> Face:
    """Some 0.9 ms for a thumbnail of 300 pixels, most of it without the interpreter's lock; 0.3 ms for words."""
    image = None
    if tile.jpeg is not None:
        image = _decoded(tile.jpeg, cut)
    elif tile.words is not None:
        image = card(tile.words, cut.edge, cut.ratio, cut.colors)
    return Face(tile.media, tile.modality, tile.name, tile.words, image, cut)


def fitted(size: QSize, edge: int, whole: bool) -> QSize:
    """The size of a picture that lies in a square as a whole, or fills it."""
    mode = Qt.AspectRatioMode.KeepAspectRatio if whole else Qt.AspectRatioMode.KeepAspectRatioByExpanding
    scaled = size.scaled(edge, edge, mode).expandedTo(QSize(1, 1))
    return scaled if scaled.width() <= LARGER * size.width() else size * LARGER


def _decoded(jpeg: bytes, cut: Cut) -> QImage | None:
    buffer = QBuffer()
    buffer.setData(QByteArray(jpeg))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    reader.setScaledSize(fitted(reader.size(), cut.edge, cut.whole))  # the decoder halves on its way
    image = reader.read()
    if image.isNull():
        return None
    if not cut.whole:
        middle = QRect(0, 0, min(image.width(), cut.edge), min(image.height(), cut.edge))
        middle.moveCenter(image.rect().center())
        image = image.copy(middle)
    return image.convertToFormat(QImage.Format.Format_RGB32)
