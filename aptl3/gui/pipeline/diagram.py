"""The pipeline as a picture: a card for each stage, and between them pipes that show what waits.

```
                           ┌▶ extractor ───┐
  loader ──▶ decoder ──────┤               ├──▶ writer
                           └▶ thumbnailer ─┘
```

In a narrow window the decoder stands below the loader.
"""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QWidget

from aptl3.gui import theme
from aptl3.gui.connection import Stage
from aptl3.gui.pipeline.card import Kind, StageCard
from aptl3.gui.wording import number

WIDE = {"loader": (0, 0.5), "decoder": (1, 0.5), "extractor": (2, 0), "thumbnailer": (2, 1), "writer": (3, 0.5)}
NARROW = {"loader": (0, 0), "decoder": (0, 1), "extractor": (1, 0), "thumbnailer": (1, 1), "writer": (2, 0.5)}
PIPES = (
    ("loader", "decoder"),
    ("decoder", "extractor"),
    ("decoder", "thumbnailer"),
    ("extractor", "writer"),
    ("thumbnailer", "writer"),
)
GAP, WIDEST = 26, 140  # points between columns, at least and at most
ROOM = 28  # points between rows
THICK = 6
_STEPS = 32  # pieces of a pipe

Places = Mapping[str, tuple[int, float]]


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
        self._stages: Mapping[str, Stage] = {}
        for card in self.cards.values():
            card.workers_wanted.connect(self.workers_wanted)
        self.setAccessibleName(self.tr("The stages and what waits between them"))
        hints = [card.sizeHint() for card in self.cards.values()]
        self._card = QSize(max(hint.width() for hint in hints), max(hint.height() for hint in hints))
        self._places = WIDE  # column and row of each card
        self.setMinimumSize(self._size(NARROW, GAP))

    def sizeHint(self) -> QSize:
        return self._size(WIDE, WIDEST)

    def show_workers(self, workers: Mapping[str, int]) -> None:
        for name, count in workers.items():
            if name in self.cards:
                self.cards[name].show_workers(count)

    def show_loads(self, stages: Mapping[str, Stage], limiting: str | None) -> None:
        self._stages = stages
        for name, card in self.cards.items():
            if name in stages:
                card.show_load(stages[name], name == limiting)
        self.update()

    def show_rest(self) -> None:
        self._stages = {}
        for card in self.cards.values():
            card.show_rest()
        self.update()

    # ---- geometry

    def _size(self, places: Places, gap: int) -> QSize:
        columns = _columns(places)
        return QSize(columns * self._card.width() + (columns - 1) * gap, 2 * self._card.height() + ROOM)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._places = WIDE if self.width() >= self._size(WIDE, GAP).width() else NARROW
        width, height, columns = self._card.width(), self._card.height(), _columns(self._places)
        gap = min(WIDEST, (self.width() - columns * width) // (columns - 1))
        for name, (column, row) in self._places.items():
            self.cards[name].setGeometry(column * (width + gap), round(row * (height + ROOM)), width, height)

    # ---- pipes

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.current()
        places = self._numbers()
        for source, target in PIPES:
            pipe = self._pipe(source, target)
            _stroke(painter, pipe, 0.0, colors.line)
            stage = self._stages.get(target)
            if stage is not None and stage.waiting:
                limiting = bool(self.cards[target].property("limiting"))
                _stroke(painter, pipe, 1 - stage.fill, colors.warn if limiting else colors.accent)
        for target, stage in self._stages.items():
            if target in places and stage.waiting:
                self._draw_number(painter, places[target], stage.waiting)

    def _numbers(self) -> dict[str, QPointF]:
        """Where the number of what waits for a stage stands: in the middle of its pipe, or where two pipes meet."""
        return {target: self._pipe(source, target).pointAtPercent(0.5) for source, target in PIPES[:3]} | {
            "writer": QPointF(*self._end("writer"))
        }

    def _end(self, target: str) -> tuple[float, float]:
        card = self.cards[target].geometry()
        return card.left() - 14.0, card.center().y() + 0.5

    def _pipe(self, source: str, target: str) -> QPainterPath:
        begin, target_card = self.cards[source].geometry(), self.cards[target].geometry()
        if self._places[source][0] == self._places[target][0]:  # one below the other
            path = QPainterPath(QPointF(begin.center().x() + 0.5, begin.bottom() + 1.0))
            path.lineTo(QPointF(begin.center().x() + 0.5, float(target_card.top())))
            return path
        x, y = begin.right() + 1.0, begin.center().y() + 0.5
        end, to = float(target_card.left()), target_card.center().y() + 0.5
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


def _columns(places: Places) -> int:
    return 1 + max(column for column, _ in places.values())


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
