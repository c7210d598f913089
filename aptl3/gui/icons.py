"""Icons: strokes in ``icons/*.svg``, drawn in the colours of the theme that is in force when they are painted.

An icon need not be made anew when the theme changes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PyQt5.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PyQt5.QtSvg import QSvgRenderer

from aptl3.gui import theme

FOLDER = Path(__file__).parent / "icons"


def icon(name: str, color: str = "text") -> QIcon:
    """An icon by its file's name, in a colour of the theme by its field's name."""
    return QIcon(_Engine(name, color))


def application_icon() -> QIcon:
    return QIcon(str(Path(__file__).parent / "aptl3.svg"))


def picture(name: str, color: str, edge: int, ratio: float = 1.0) -> QPixmap:
    """``edge`` points wide and high, on a screen with so many pixels a point; in a colour as #rrggbb."""
    pixmap = QPixmap.fromImage(_drawn(name, color, round(edge * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@lru_cache(256)
def _drawn(name: str, color: str, pixels: int) -> QImage:
    svg = (FOLDER / f"{name}.svg").read_text("ascii").replace("currentColor", color)
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(image.rect()))
    painter.end()
    return image


class _Engine(QIconEngine):
    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name, self._color = name, color

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._color)

    def paint(self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        assert painter is not None
        device = painter.device()
        ratio = 1.0 if device is None else device.devicePixelRatioF()
        painter.drawImage(rect, self._image(min(rect.width(), rect.height()), ratio, mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def _image(self, edge: int, ratio: float, mode: QIcon.Mode, state: QIcon.State) -> QImage:
        colors = theme.current()
        color: str = getattr(colors, self._color)
        if mode == QIcon.Mode.Disabled:
            color = colors.border
        elif state == QIcon.State.On:
            color = colors.accent
        return _drawn(self._name, color, round(edge * ratio))
