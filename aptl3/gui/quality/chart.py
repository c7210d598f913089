"""Recall@K as a picture: how often a right answer is among the first K, for each way from question to answer.

K on a logarithmic axis; a band around each line is its 95 % interval; what chance would do is dotted. Under the
pointer stand the figures at one K.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

from PyQt5.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QWidget

from aptl3.gui import theme
from aptl3.gui.wording import number

_COLORS = ("accent", "warn", "good", "bad", "quiet")
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DashDotLine)
_TOP, _LEFT, _RIGHT = 14, 64, 22  # points around the axes
_ROW = 6  # points between rows of the legend
HEIGHT = 340


@dataclass(frozen=True)
class Line:
    """One way: recall at each of ``ks`` (ascending), with its interval; all of the same length, shares from 0 to 1."""

    name: str
    ks: Sequence[int]
    value: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    @classmethod
    def of(cls, outcome: Mapping[str, Any]) -> Line:
        """Of an outcome as a report has it."""
        curve = outcome["curve"]
        return cls(outcome["way"], curve["ks"], curve["value"], curve["low"], curve["high"])

    def at(self, k: int) -> float:
        return self.value[max(0, bisect_right(self.ks, k) - 1)]


class Chart(QWidget):
    """Lines of one direction."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumSize(360, HEIGHT)
        self._lines: Sequence[Line] = ()
        self._items, self._answers = 2, 1.0  # two at least: of one there is no logarithm
        self._k: int | None = None  # under the pointer

    def sizeHint(self) -> QSize:
        return QSize(720, HEIGHT)

    def put(self, lines: Sequence[Line], items: int, answers: float = 1.0) -> None:
        """``items`` can be found, ``answers`` of them, on average, are right."""
        self._lines, self._items, self._answers, self._k = lines, max(2, items), answers, None
        best = lines[0] if lines else None
        self.setAccessibleName(self.tr("Recall among the first K answers"))
        shown = [k for k in (1, 5, 10, 100) if k <= items]
        figures = [self.tr("{0} at {1}").format(_percent(best.at(k)), number(k)) for k in shown] if best else []
        self.setAccessibleDescription(", ".join(figures))
        self.update()

    # ---- where things are

    def _frame(self) -> QRectF:
        below = self.fontMetrics().height() * 2 + 26 + self._legend_height()
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -below)

    def _x(self, frame: QRectF, k: float) -> float:
        return frame.left() + frame.width() * log(max(1.0, k)) / log(self._items)

    @staticmethod
    def _y(frame: QRectF, share: float) -> float:
        return frame.bottom() - frame.height() * share

    def _k_at(self, x: float) -> int | None:
        frame = self._frame()
        if not self._lines or not frame.left() <= x <= frame.right():
            return None
        share = (x - frame.left()) / frame.width()
        return min(self._items, max(1, round(exp(share * log(self._items)))))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        self._k = self._k_at(event.localPos().x())
        self.update()

    def leaveEvent(self, event: QEvent | None) -> None:
        self._k = None
        self.update()

    # ---- painting

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self._frame()
        self._paint_axes(painter, frame)
        painter.save()
        painter.setClipRect(frame.adjusted(-1, -2, 1, 2))
        self._paint_chance(painter, frame)
        for line, pen in reversed(list(zip(self._lines, _pens(), strict=False))):
            self._paint_line(painter, frame, line, pen)
        painter.restore()
        self._paint_legend(painter, frame)
        if self._k is not None:
            self._paint_figures(painter, frame, self._k)

    def _paint_axes(self, painter: QPainter, frame: QRectF) -> None:
        colors, metrics = theme.current(), self.fontMetrics()
        for tenth in range(0, 11, 2):
            y = self._y(frame, tenth / 10)
            painter.setPen(QPen(QColor(colors.line), 1))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(QColor(colors.quiet))
            box = QRectF(0, y - metrics.height() / 2, _LEFT - 8, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{10 * tenth} %")
        for k in ticks(self._items):
            x, text = self._x(frame, k), number(k)
            painter.setPen(QPen(QColor(colors.line), 1))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom() + 4))
            painter.setPen(QColor(colors.quiet))
            wide = metrics.horizontalAdvance(text) + 2
            left = min(x - wide / 2, self.width() - wide - 2)
            painter.drawText(
                QRectF(left, frame.bottom() + 6, wide, metrics.height()), Qt.AlignmentFlag.AlignCenter, text
            )
        box = QRectF(frame.left(), frame.bottom() + 8 + metrics.height(), frame.width(), metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.tr("K: answers looked at"))

    def _paint_chance(self, painter: QPainter, frame: QRectF) -> None:
        steps = [self._items ** (step / 100) for step in range(101)]
        shares = [1 - (1 - min(1.0, k / self._items)) ** self._answers for k in steps]
        points = [QPointF(self._x(frame, k), self._y(frame, one)) for k, one in zip(steps, shares, strict=True)]
        painter.setPen(QPen(QColor(theme.current().border), 1.25, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF(points))

    def _paint_line(self, painter: QPainter, frame: QRectF, line: Line, pen: QPen) -> None:
        xs = [self._x(frame, k) for k in line.ks]
        edge = [QPointF(x, self._y(frame, one)) for x, one in zip(xs, line.high, strict=True)]
        edge += [QPointF(x, self._y(frame, one)) for x, one in zip(xs[::-1], line.low[::-1], strict=True)]
        shade = QColor(pen.color())
        shade.setAlpha(36)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(edge))
        points = [QPointF(x, self._y(frame, one)) for x, one in zip(xs, line.value, strict=True)]
        if len(points) == 1:
            points.append(QPointF(frame.right(), points[0].y()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))

    def _entries(self) -> list[tuple[QPen, str]]:
        chance = QPen(QColor(theme.current().border), 1.25, Qt.PenStyle.DotLine)
        lines = [(pen, line.name) for line, pen in zip(self._lines, _pens(), strict=False)]
        return [*lines, (chance, self.tr("by chance"))]

    def _legend_height(self) -> int:
        return len(self._rows()) * (self.fontMetrics().height() + _ROW)

    def _rows(self) -> list[list[tuple[QPen, str, float]]]:
        """The entries of the legend, in rows that fit, each with its width."""
        room = self.width() - _LEFT - _RIGHT
        metrics: QFontMetrics = self.fontMetrics()
        rows: list[list[tuple[QPen, str, float]]] = [[]]
        used = 0.0
        for pen, name in self._entries():
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(60, room - 60))
            wide = metrics.horizontalAdvance(text) + 60
            if rows[-1] and used + wide > room:
                rows.append([])
                used = 0.0
            rows[-1].append((pen, text, wide))
            used += wide
        return rows

    def _paint_legend(self, painter: QPainter, frame: QRectF) -> None:
        high = self.fontMetrics().height()
        y = self.height() - self._legend_height()
        for row in self._rows():
            x = frame.left()
            for pen, text, wide in row:
                painter.setPen(pen)
                painter.drawLine(QPointF(x, y + high / 2), QPointF(x + 30, y + high / 2))
                painter.setPen(QColor(theme.current().text))
                painter.drawText(QRectF(x + 38, y, wide - 38, high), Qt.AlignmentFlag.AlignVCenter, text)
                x += wide
            y += high + _ROW

    def _paint_figures(self, painter: QPainter, frame: QRectF, k: int) -> None:
        colors, metrics = theme.current(), self.fontMetrics()
        x = self._x(frame, k)
        painter.setPen(QPen(QColor(colors.quiet), 1))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        texts = [self.tr("among the first {0}").format(number(k))]
        texts += [f"{_percent(line.at(k))}  {line.name}" for line in self._lines]
        wide = min(frame.width(), max(metrics.horizontalAdvance(text) for text in texts) + 20)
        high = len(texts) * (metrics.height() + 2) + 12
        left = x + 10 if x + 10 + wide < frame.right() else max(frame.left(), x - 10 - wide)
        box = QRectF(left, frame.bottom() - high - 10, wide, high)
        painter.setBrush(QColor(colors.raised))
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(colors.text))
        for row, text in enumerate(texts):
            at = QRectF(box.left() + 10, box.top() + 6 + row * (metrics.height() + 2), wide - 20, metrics.height())
            painter.drawText(
                at,
                Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, round(wide - 20)),
            )


def ticks(items: int) -> list[int]:
    """Of a logarithmic axis from 1 to ``items``: plain numbers, the last of them ``items``, none too near to it."""
    steps = (1, 2, 5) if items <= 2000 else (1,)
    marks = [step * 10**power for power in range(10) for step in steps]
    return [mark for mark in marks if mark <= items / items**0.1] + [items]


def _pens() -> Iterator[QPen]:
    """Colours and dashes change together, so that lines which fall together both show."""
    colors = theme.current()
    for place in range(1 << 20):
        color = QColor(getattr(colors, _COLORS[place % len(_COLORS)]))
        yield QPen(color, 2, _DASHES[place % len(_DASHES)])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
