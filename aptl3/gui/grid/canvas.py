"""Tiles on a surface: lays out, paints, scrolls and loads those in sight, whatever the number of media.

Guarantees: what a paint or a scroll costs does not grow with the number of media (a new list of a million takes some
milliseconds); nothing is read here, faces come from ``Thumbnails``.
"""

from __future__ import annotations

import numpy as np
from PyQt5.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget

from aptl3.gui import theme
from aptl3.gui.grid.face import Cut
from aptl3.gui.grid.geometry import GAP, MARGIN, Geometry
from aptl3.gui.grid.selection import Ids, Selection
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.tile import Look, paint
from aptl3.gui.preferences import TILE, TILES
from aptl3.gui.wording import counted

SETTLED = 120  # ms without a change of size after which pictures are loaded at the new one


class Canvas(QAbstractScrollArea):
    """Shows a list of media, of which some may be chosen.

    Signals: ``zoomed(int)``: tiles have another size.
    """

    zoomed = pyqtSignal(int)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._selection = Selection(np.empty(0, np.int64))
        self._likely: int | None = None
        self._tile = TILE
        self._whole = False
        self._empty = ("", "")
        self._hovered: int | None = None
        self._down = True  # the way of the last scroll
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.timeout.connect(self._load)
        self._geometry = Geometry(0, 100, TILE)
        thumbnails.arrived.connect(self._arrived)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._port.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # What is shown

    @property
    def media(self) -> Ids:
        """What is shown, in order."""
        return self._selection.media

    @property
    def current(self) -> int | None:
        """The media item that the keyboard is at."""
        position = self._selection.current
        return None if position is None else int(self.media[position])

    @property
    def position(self) -> int | None:
        """Where in the list that is."""
        return self._selection.current

    @property
    def tile(self) -> int:
        """The size of tiles that is asked for, in points."""
        return self._tile

    def set_media(self, media: Ids, likely: int | None = None, *, keep: bool = False) -> None:
        """Shows these (int64, each once); ``likely``: how many of them are above the line, None draws none. ``keep``:
        it is the same list, with more or fewer of them: the place and what is chosen stay."""
        seen = self._first_seen() if keep else None
        self._selection = self._selection.carried(media) if keep else Selection(media)
        self._likely = likely
        self._hovered = None
        self._lay_out()
        self._return_to(seen)
        if not keep:
            self._bar.setValue(0)
        self._load()  # at once: they are read while empty tiles are painted

    def set_empty(self, headline: str, sentence: str = "") -> None:
        """What is said when there is nothing to show."""
        self._empty = (headline, sentence)
        self._port.update()

    def set_tile(self, size: int) -> None:
        """Tiles of another size; what is at the top stays there."""
        size = min(max(size, TILES.start), TILES[-1])
        if size == self._tile:
            return
        seen = self._first_seen()
        self._tile = size
        self._lay_out()
        self._return_to(seen)
        self.zoomed.emit(size)

    def set_whole(self, whole: bool) -> None:
        """Tiles show whole pictures, or their middle squares."""
        self._whole = whole
        self._load_soon()
        self._port.update()

    def tile_rect(self, media: int) -> QRect:
        """Where its tile is in the viewport; empty when it is not shown."""
        position = self._selection.find(media)
        return QRect() if position is None else self._rect(position)

    # Painting

    def paintEvent(self, event: QPaintEvent | None) -> None:
        assert event is not None
        painter = QPainter(self._port)
        colors = theme.current()
        area = event.rect()
        painter.fillRect(area, QColor(colors.page))
        if not len(self.media):
            self._paint_empty(painter)
            return
        top, ratio = self._bar.value(), self.devicePixelRatioF()
        current = self._selection.current if self.hasFocus() else None
        chosen = self._selection.chosen
        for position in self._geometry.visible(area.top() + top - 3, area.height() + 6):
            look = Look(bool(chosen[position]), position == current, position == self._hovered)
            paint(painter, self._rect(position), self._thumbnails.get(int(self.media[position])), look, ratio)
        self._paint_band(painter, top)

    def _paint_empty(self, painter: QPainter) -> None:
        colors = theme.current()
        headline, sentence = self._empty
        area = self._port.rect().adjusted(24, 0, -24, 0)
        font = painter.font()
        large = self.font()
        large.setPointSizeF(font.pointSizeF() * 1.5)
        painter.setFont(large)
        painter.setPen(QColor(colors.text))
        upper = area.adjusted(0, 0, 0, -area.height() // 2 - 4)
        painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, headline)
        painter.setFont(font)
        painter.setPen(QColor(colors.quiet))
        lower = area.adjusted(0, area.height() // 2 + 8, 0, 0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(lower, int(flags), sentence)

    def _paint_band(self, painter: QPainter, top: int) -> None:
        band = self._geometry.band
        if band is None:
            return
        colors = theme.current()
        area = QRect(band.x, band.y - top, band.width, band.height)
        text = self.line_text()
        width = painter.fontMetrics().horizontalAdvance(text) + 28
        middle = area.center().y()
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawLine(area.left(), middle, area.center().x() - width // 2, middle)
        painter.drawLine(area.center().x() + width // 2, middle, area.right(), middle)
        painter.setPen(QColor(colors.quiet))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def line_text(self) -> str:
        """What stands on the line under the likely ones."""
        if not self._geometry.above:
            return self.tr("No likely match: these come nearest")
        return counted(self._geometry.above, self.tr("1 likely match above"), self.tr("{0} likely matches above"))

    # Size and place

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        seen = self._first_seen()
        super().resizeEvent(event)
        self._lay_out()
        self._return_to(seen)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._down = dy <= 0
        self._port.scroll(0, dy)
        self._hover(None)
        self._load_soon(0)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def _lay_out(self) -> None:
        before = self._geometry
        width = self.width() - self._bar.sizeHint().width()  # with or without a scroll bar: it must not come and go
        self._geometry = Geometry(len(self.media), width, self._tile, self._likely)
        height = self._port.height()
        self._bar.setRange(0, max(0, self._geometry.height - height))
        self._bar.setPageStep(max(1, height - 40))
        self._bar.setSingleStep(max(20, self._geometry.pitch // 3))
        self._load_soon(0 if self._geometry.edge == before.edge else SETTLED)
        self._port.update()

    def _first_seen(self) -> tuple[int, int] | None:
        """The first tile in sight, and how far below the upper edge it begins; None at the top of everything, which is
        where one stays, whatever comes there."""
        top = self._bar.value()
        visible = self._geometry.visible(top, self._port.height())
        if not top or not visible:
            return None
        return int(self.media[visible.start]), self._geometry.rect(visible.start).y - top

    def _return_to(self, seen: tuple[int, int] | None) -> None:
        position = None if seen is None else self._selection.find(seen[0])
        if seen is not None and position is not None:
            self._bar.setValue(self._geometry.rect(position).y - seen[1])

    def _rect(self, position: int) -> QRect:
        x, y, width, height = self._geometry.rect(position)
        return QRect(x, y - self._bar.value(), width, height)

    def _reveal(self, position: int) -> None:
        """Scrolls no further than needed."""
        _, y, _, height = self._geometry.rect(position)
        top, bottom = y - GAP, y + height + GAP
        if top < self._bar.value():
            self._bar.setValue(top if self._geometry.rect(position).y > MARGIN else 0)
        elif bottom > self._bar.value() + self._port.height():
            self._bar.setValue(bottom - self._port.height())

    # Loading

    def _load_soon(self, milliseconds: int = SETTLED) -> None:
        if not self._loading.isActive() or milliseconds == 0:
            self._loading.start(milliseconds)

    def _load(self) -> None:
        self._loading.stop()
        top, height = self._bar.value(), self._port.height()
        visible = self._geometry.visible(top, height)
        below = self._geometry.visible(top + height, height)
        above = self._geometry.visible(max(0, top - height), min(top, height))
        ratio = self.devicePixelRatioF()
        near = [*below, *reversed(above)] if self._down else [*reversed(above), *below]
        shown = set(visible)
        self._thumbnails.request(
            self.media[visible.start : visible.stop].tolist(),
            self.media[[position for position in near if position not in shown]].tolist() if near else [],
            Cut(round(self._geometry.edge * ratio), self._whole, ratio, theme.current()),
        )

    def _arrived(self, media: list[int]) -> None:
        for position in self._selection.positions(np.array(media, np.int64)).tolist():
            self._port.update(self._rect(position))

    # Places

    def _at(self, point: QPoint) -> int | None:
        return self._geometry.at(point.x(), point.y() + self._bar.value())

    def _hover(self, position: int | None) -> None:
        if position == self._hovered:
            return
        for one in (self._hovered, position):
            if one is not None:
                self._port.update(self._rect(one))
        self._hovered = position

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._load_soon(0)  # cards have other colours

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self._port.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self._port.update()

    # What there is in any case

    @property
    def _port(self) -> QWidget:
        port = self.viewport()
        assert port is not None
        return port

    @property
    def _bar(self) -> QScrollBar:
        bar = self.verticalScrollBar()
        assert bar is not None
        return bar
