"""The pipeline as a picture: a card for each stage, and between them pipes that show what waits.

```
                           ┌▶ extractor ───┐
  loader ──▶ decoder ──────┤               ├──▶ writer
                           └▶ thumbnailer ─┘
```
"""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QWidget

from aptl3.gui import theme
from aptl3.gui.connection import Stage
from aptl3.gui.pipeline.card import Kind, StageCard
from aptl3.gui.pipeline.load import Load
from aptl3.gui.wording import number

PLACES = {"loader": (0, 0.5), "decoder": (1, 0.5), "extractor": (2, 0), "thumbnailer": (2, 1), "writer": (3, 0.5)}
PIPES = (
    ("loader", "decoder"),
    ("decoder", "extractor"),
    ("decoder", "thumbnailer"),
    ("extractor", "writer"),
    ("thumbnailer", "writer"),
)
COLUMNS = 4
GAP, WIDEST = 26, 96  # points between columns, at least and at most
ROOM = 20  # points between rows
THICK = 6
_STEPS = 32  # pieces of a pipe


class Diagram(QWidget):
    """Signals: ``workers_wanted(str, int)``: the user wants so many at a stage."""

    workers_wanted = pyqtSignal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = (
            Kind("loader", self.tr("Loader"), self.tr("reads files"), "Alt+1"),
            Kind("decoder", self.tr("Decoder"), self.tr("opens pictures"), "Alt+2"),
            Kind("extractor", self.tr("Extractor"), self.tr("understands them"), "Alt+3"),
            Kind("thumbnailer", self.tr("Thumbnailer"), self.tr("makes thumbnails"), "Alt+4"),
            Kind("writer", self.tr("Writer"), self.tr("stores the results")),
        )
        self.cards = {kind.name: StageCard(kind, self) for kind in kinds}
        self._loads: Mapping[str, Load] = {}
        for card in self.cards.values():
            card.workers_wanted.connect(self.workers_wanted)
        self.setAccessibleName(self.tr("The stages and what waits between them"))
        hints = [card.sizeHint() for card in self.cards.values()]
        self._card = QSize(max(hint.width() for hint in hints), max(hint.height() for hint in hints))
        self.setMinimumSize(self._size(GAP))

    def sizeHint(self) -> QSize:
        return self._size(WIDEST)

    def show_workers(self, workers: Mapping[str, int]) -> None:
        for name, count in workers.items():
            if name in self.cards:
                self.cards[name].show_workers(count)

    def show_loads(self, stages: Mapping[str, Stage], loads: Mapping[str, Load], limiting: str | None) -> None:
        self._loads = loads
        for name, card in self.cards.items():
            if name in stages:
                card.show_load(stages[name], loads[name], name == limiting)
        self.update()

    def show_rest(self) -> None:
        self._loads = {}
        for card in self.cards.values():
            card.show_rest()
        self.update()

    # ---- geometry

    def _size(self, gap: int) -> QSize:
        return QSize(COLUMNS * self._card.width() + (COLUMNS - 1) * gap, 2 * self._card.height() + ROOM)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        width, height = self._card.width(), self._card.height()
        gap = min(WIDEST, (self.width() - COLUMNS * width) // (COLUMNS - 1))
        left = (self.width() - COLUMNS * width - (COLUMNS - 1) * gap) // 2
        top = (self.height() - 2 * height - ROOM) // 2
        for name, (column, row) in PLACES.items():
            self.cards[name].setGeometry(
                left + column * (width + gap), top + round(row * (height + ROOM)), width, height
            )

    # ---- pipes

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.current()
        places = self._places()
        for source, target in PIPES:
            pipe = self._pipe(source, target)
            _stroke(painter, pipe, 0.0, colors.line)
            load = self._loads.get(target)
            if load is not None and load.waiting:
                limiting = bool(self.cards[target].property("limiting"))
                _stroke(painter, pipe, 1 - load.fill, colors.warn if limiting else colors.accent)
        for target, load in self._loads.items():
            if target in places and load.waiting:
                self._draw_number(painter, places[target], load.waiting)

    def _places(self) -> dict[str, QPointF]:
        """Where the number of what waits for a stage stands: in the middle of its pipe, or where two pipes meet."""
        return {target: self._pipe(source, target).pointAtPercent(0.5) for source, target in PIPES[:3]} | {
            "writer": QPointF(*self._end("writer"))
        }

    def _end(self, target: str) -> tuple[float, float]:
        card = self.cards[target].geometry()
        return card.left() - 14.0, card.center().y() + 0.5

    def _pipe(self, source: str, target: str) -> QPainterPath:
        begin = self.cards[source].geometry()
        x, y = begin.right() + 1.0, begin.center().y() + 0.5
        end, to = float(self.cards[target].geometry().left()), self.cards[target].geometry().center().y() + 0.5
        path = QPainterPath(QPointF(x, y))
        middle = (x + end) / 2
        path.cubicTo(QPointF(middle, y), QPointF(middle, to), QPointF(end, to))
        return path

    def _draw_number(self, painter: QPainter, at: QPointF, waiting: int) -> None:
        colors = theme.current()
        text = number(waiting)
        metrics = self.fontMetrics()
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
        box.moveCenter(at)
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QColor(colors.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _stroke(painter: QPainter, path: QPainterPath, begin: float, color: str) -> None:
    """The part of a path from a share of its length to its end."""
    part = QPainterPath(path.pointAtPercent(begin))
    for step in range(1, _STEPS + 1):
        part.lineTo(path.pointAtPercent(begin + (1 - begin) * step / _STEPS))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(color), THICK)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawPath(part)
