"""Painting one tile: its face, or a sign that there is none, and whether it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QColor, QPainter

from aptl3.gui import theme
from aptl3.gui.grid.face import Face
from aptl3.gui.icons import picture

FRAME = 4  # points of the frame around what is chosen
LIKE = 26  # the button on the tile under the pointer


@dataclass(frozen=True)
class Look:
    """How a tile is at the moment."""

    chosen: bool = False
    current: bool = False  # the keyboard is here
    hovered: bool = False


def paint(painter: QPainter, rect: QRect, face: Face | None, look: Look, ratio: float) -> None:
    """``face`` is None while it is being made, and may be of another size until it is made anew. ``ratio``: pixels of
    the screen a point."""
    colors = theme.current()
    if face is None:
        painter.fillRect(rect, QColor(colors.hover))
    elif face.image is not None:
        painter.drawImage(_place(face, rect), face.image)
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


def _place(face: Face, rect: QRect) -> QRect:
    """Where the picture lies in its tile: as made, when it was made for a tile of this size."""
    assert face.image is not None
    scale = rect.width() / face.cut.edge
    place = QRect(0, 0, round(face.image.width() * scale), round(face.image.height() * scale))
    place.moveCenter(rect.center())
    return place


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
    """Inside of ``rect``; four filled rectangles, which cost less than a pen."""
    x, y, wide, high, ink = rect.x(), rect.y(), rect.width(), rect.height(), QColor(color)
    painter.fillRect(x, y, wide, width, ink)
    painter.fillRect(x, y + high - width, wide, width, ink)
    painter.fillRect(x, y + width, width, high - 2 * width, ink)
    painter.fillRect(x + wide - width, y + width, width, high - 2 * width, ink)
