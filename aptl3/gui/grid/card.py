"""Words on a card: the face of a text. May be made in any thread."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetricsF, QGuiApplication, QImage, QPainter, QPen, QTextLayout, QTextOption

from aptl3.gui.theme import Colors

PADDING = 12  # points around the words


def card(words: str, edge: int, ratio: float, colors: Colors) -> QImage:
    """``edge`` pixels wide and high: as many of the words as there is room for, with an ellipsis when more are left."""
    image = QImage(edge, edge, QImage.Format.Format_RGB32)
    image.fill(QColor(colors.raised))
    painter = QPainter(image)
    painter.setPen(QPen(QColor(colors.line), 1))
    painter.drawRect(0, 0, edge - 1, edge - 1)
    painter.scale(ratio, ratio)
    painter.setPen(QColor(colors.text))
    padding = min(PADDING, edge / ratio / 8)
    room = QRectF(0, 0, edge / ratio, edge / ratio).adjusted(padding, padding, -padding, -padding)
    _write(painter, room, " ".join(words.split()))
    painter.end()
    return image


def _write(painter: QPainter, room: QRectF, text: str) -> None:
    font = QGuiApplication.font()
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    rows = max(1, int(room.height() / metrics.lineSpacing()))
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    for row in range(rows):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(room.width())
        place = QPointF(room.left(), room.top() + row * metrics.lineSpacing())
        if row == rows - 1 and line.textStart() + line.textLength() < len(text):
            rest = metrics.elidedText(text[line.textStart() :], Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(place + QPointF(0, metrics.ascent()), rest)
        else:
            line.draw(painter, place)
    layout.endLayout()
