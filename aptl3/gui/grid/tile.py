"""Painting one tile: a picture, the words of a text, or a sign that there is neither."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QPointF, QRect, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption

from aptl3.gui import theme
from aptl3.gui.grid.face import Face
from aptl3.gui.icons import picture

FRAME = 4  # pixels of the frame around what is chosen
PADDING = 12  # around words
LIKE = 26  # the button on the tile under the pointer


@dataclass(frozen=True)
class Look:
    """How a tile is at the moment."""

    chosen: bool = False
    current: bool = False  # the keyboard is here
    hovered: bool = False


def paint(painter: QPainter, rect: QRect, face: Face | None, look: Look, ratio: float) -> None:
    """``face`` is None while it is being read. ``ratio``: pixels of the screen a point."""
    colors = theme.current()
    if face is None:
        painter.fillRect(rect, QColor(colors.hover))
    elif face.image is not None:
        _picture(painter, rect, face, ratio)
    elif face.words is not None:
        _words(painter, rect, face.words)
    else:
        _nothing(painter, rect, face.name, ratio)
    if look.chosen:
        _frame(painter, rect, FRAME, colors.accent)
        _frame(painter, rect.adjusted(FRAME, FRAME, -FRAME, -FRAME), 2, colors.page)
    if look.current:
        _frame(painter, rect.adjusted(-3, -3, 3, 3), 2, colors.text)
    if look.hovered:
        _like(painter, like_rect(rect), ratio)


def like_rect(rect: QRect) -> QRect:
    """Where the button lies that asks for more like this."""
    return QRect(rect.right() - LIKE - 7, rect.top() + 8, LIKE, LIKE)


def _picture(painter: QPainter, rect: QRect, face: Face, ratio: float) -> None:
    image = face.image
    assert image is not None
    wide, high = image.width() / ratio, image.height() / ratio
    larger = max(wide / rect.width(), high / rect.height())
    scale = 1 / larger if larger > 1 or not face.whole or (face.edge / ratio) < rect.width() else 1.0
    width, height = min(round(wide * scale), rect.width()), min(round(high * scale), rect.height())
    target = QRect(0, 0, width, height)
    target.moveCenter(rect.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale > 1.05)  # few tiles are as large as that
    painter.drawImage(target, image)


def _words(painter: QPainter, rect: QRect, words: str) -> None:
    """As much as there is room for, the last line with an ellipsis when more is left."""
    colors = theme.current()
    painter.fillRect(rect, QColor(colors.raised))
    _frame(painter, rect, 1, colors.line)
    inside = rect.adjusted(PADDING, PADDING, -PADDING, -PADDING)
    font = painter.font()
    metrics = QFontMetrics(font)
    text = " ".join(words.split())
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    painter.setPen(QColor(colors.text))
    rows = max(1, inside.height() // metrics.lineSpacing())
    layout.beginLayout()
    for row in range(rows):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(inside.width())
        top = inside.top() + row * metrics.lineSpacing()
        if row == rows - 1 and line.textStart() + line.textLength() < len(text):
            rest = metrics.elidedText(text[line.textStart() :], Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(inside.left(), top + metrics.ascent(), rest)
        else:
            line.draw(painter, QPointF(inside.left(), top))
    layout.endLayout()


def _nothing(painter: QPainter, rect: QRect, name: str, ratio: float) -> None:
    """A picture without a thumbnail: its name."""
    colors = theme.current()
    painter.fillRect(rect, QColor(colors.raised))
    _frame(painter, rect, 1, colors.line)
    edge = min(32, rect.width() // 3)
    sign = QRect(0, 0, edge, edge)
    sign.moveCenter(rect.center())
    sign.translate(0, -10)
    painter.drawPixmap(sign.topLeft(), picture("broken", colors.border, edge, ratio))
    metrics = painter.fontMetrics()
    room = QRect(rect.left() + 6, sign.bottom() + 4, rect.width() - 12, metrics.height())
    painter.setPen(QColor(colors.quiet))
    text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, text)


def _like(painter: QPainter, rect: QRect, ratio: float) -> None:
    colors = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.raised))
    painter.drawEllipse(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.drawPixmap(rect.adjusted(3, 3, -3, -3).topLeft(), picture("like", colors.text, LIKE - 6, ratio))


def _frame(painter: QPainter, rect: QRect, width: int, color: str) -> None:
    """Inside of ``rect``."""
    pen = QPen(QColor(color), width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width // 2
    painter.drawRect(rect.adjusted(half, half, -(width - half), -(width - half)))
