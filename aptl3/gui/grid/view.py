"""The grid: tiles of any number of media, of which only those in sight are painted and loaded.

Guarantees: what a paint, a scroll or a key costs does not grow with the number of media (a new list of a million takes
some milliseconds); nothing is read here, faces come from ``Thumbnails``.
"""

from __future__ import annotations

import numpy as np
from PyQt5.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PyQt5.QtWidgets import QAbstractScrollArea, QApplication, QScrollBar, QToolTip, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import hint
from aptl3.gui.grid.geometry import GAP, MARGIN, Geometry
from aptl3.gui.grid.selection import Ids, Selection
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.tile import Look, like_rect, paint
from aptl3.gui.preferences import TILE, TILES
from aptl3.gui.wording import counted, number

SETTLED = 120  # ms without a change of size after which pictures are loaded at the new one
SELECTED = 10_000  # media that ``selected`` gives at the most

LIKE_KEY = "Ctrl+L"  # the command that does what the button on a tile does
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_STEPS = {  # key → columns, rows
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class GridView(QAbstractScrollArea):
    """Shows a list of media.

    Signals:

    - ``activated(int)``: Enter or a double click on a media item
    - ``looked(int)``: Space, for a quick look
    - ``selection_changed()``: others are chosen, or the keyboard is at another one (``current``)
    - ``wants_more_like(list[int])``: the button on a tile
    - ``menu_wanted(QPoint)``: a context menu for what is chosen, at this point of the screen
    - ``drag_wanted(list[int])``: the pointer draws these out of the grid
    - ``zoomed(int)``: tiles have another size
    """

    activated = pyqtSignal(int)
    looked = pyqtSignal(int)
    selection_changed = pyqtSignal()
    wants_more_like = pyqtSignal(list)
    menu_wanted = pyqtSignal(QPoint)
    drag_wanted = pyqtSignal(list)
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
        self._pressed: tuple[QPoint, int] | None = None
        self._down = True  # the way of the last scroll
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.timeout.connect(self._load)
        self._geometry = Geometry(0, 100, TILE)
        thumbnails.arrived.connect(self._arrived)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else a zoom would make it come and go
        self._port.setMouseTracking(True)
        self._port.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.setAccessibleName(self.tr("Pictures"))

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
    def tile(self) -> int:
        """The size of tiles that is asked for, in points."""
        return self._tile

    def set_media(self, media: Ids, likely: int | None = None, *, keep: bool = False) -> None:
        """Shows these (int64, each once); ``likely``: how many of them are above the line, None draws none. ``keep``:
        it is the same list, with more or fewer of them: the place and what is chosen stay."""
        seen = self._first_seen() if keep else None
        self._selection = self._selection.carried(media) if keep else Selection(media)
        self._likely = likely
        self._hovered = self._pressed = None
        self._lay_out()
        self._return_to(seen)
        if not keep:
            self._bar.setValue(0)
        self._changed()

    def set_empty(self, headline: str, sentence: str = "") -> None:
        """What is said when there is nothing to show."""
        self._empty = (headline, sentence)
        self._port.update()

    def set_tile(self, size: int) -> None:
        """Tiles of another size; what is at the top stays there."""
        size = min(max(size, TILES.start), TILES.stop - 1)
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

    # What is chosen

    @property
    def selected_count(self) -> int:
        return self._selection.count

    def selected(self, limit: int = SELECTED) -> list[int]:
        """What is chosen, in order, the first ``limit`` of it."""
        return self._selection.ids(limit)

    def select_all(self) -> None:
        self._selection.all()
        self._changed()

    def go_to(self, media: int) -> bool:
        """Chooses a media item and scrolls to it. False when it is not shown."""
        position = self._selection.find(media)
        if position is None:
            return False
        self._selection.only(position)
        self._changed()
        self._reveal(position)
        return True

    def go(self, columns: int) -> None:
        """To the next one, or the one before, as the arrow keys do."""
        if len(self.media):
            self._move_to(self._geometry.step(self._selection.current or 0, columns, 0), Qt.KeyboardModifiers())

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
        return counted(self._geometry.above, self.tr("1 likely match"), self.tr("{0} likely matches"))

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
        self._geometry = Geometry(len(self.media), self._port.width(), self._tile, self._likely)
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
        top, height = self._bar.value(), self._port.height()
        visible = self._geometry.visible(top, height)
        below = self._geometry.visible(top + height, height)
        above = self._geometry.visible(max(0, top - height), min(top, height))
        near = [*below, *reversed(above)] if self._down else [*reversed(above), *below]
        shown = set(visible)
        self._thumbnails.request(
            self.media[visible.start : visible.stop].tolist(),
            self.media[[position for position in near if position not in shown]].tolist() if near else [],
            round(self._geometry.edge * self.devicePixelRatioF()),
            self._whole,
        )

    def _arrived(self, media: list[int]) -> None:
        for position in self._selection.positions(np.array(media, np.int64)).tolist():
            self._port.update(self._rect(position))

    # Pointer

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        position = self._at(event.pos())
        if position is None:
            if not event.modifiers() & (_SHIFT | _CONTROL):
                self._selection.clear()
                self._changed()
            return
        if event.button() == Qt.MouseButton.RightButton:
            if not self._selection.chosen[position]:
                self._selection.only(position)
                self._changed()
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if position == self._hovered and like_rect(self._rect(position)).contains(event.pos()):
            self.wants_more_like.emit([int(self.media[position])])
            return
        self._pressed = (event.pos(), position)
        if event.modifiers() & _SHIFT:
            self._selection.extend(position, keep=bool(event.modifiers() & _CONTROL))
        elif event.modifiers() & _CONTROL:
            self._selection.toggle(position)
        elif not self._selection.chosen[position]:  # else it may be the beginning of a drag of all that are chosen
            self._selection.only(position)
        else:
            return
        self._changed()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            start, _ = self._pressed
            if (event.pos() - start).manhattanLength() >= QApplication.startDragDistance() and self.selected_count:
                self._pressed = None
                self.drag_wanted.emit(self.selected())
            return
        self._hover(self._at(event.pos()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not event.modifiers() & (_SHIFT | _CONTROL) and self.selected_count > 1:
            self._selection.only(pressed[1])
            self._changed()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        position = self._at(event.pos())
        if position is not None and event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit(int(self.media[position]))

    def leaveEvent(self, event: QEvent | None) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        assert event is not None
        if event.modifiers() & _CONTROL:
            self.set_tile(self._tile + (TILES.step if event.angleDelta().y() > 0 else -TILES.step))
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            position = self._at(event.pos())
            face = None if position is None else self._thumbnails.get(int(self.media[position]))
            if position is not None and like_rect(self._rect(position)).contains(event.pos()):
                QToolTip.showText(event.globalPos(), hint(self.tr("More like this"), LIKE_KEY), self)
            elif face is None or not face.name:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), face.name, self)
            return True
        return super().viewportEvent(event)

    def _at(self, point: QPoint) -> int | None:
        return self._geometry.at(point.x(), point.y() + self._bar.value())

    def _hover(self, position: int | None) -> None:
        if position == self._hovered:
            return
        for one in (self._hovered, position):
            if one is not None:
                self._port.update(self._rect(one))
        self._hovered = position

    def _ask_for_menu(self, point: QPoint) -> None:
        position = self._selection.current
        if self._at(point) is None and position is not None and self.selected_count:
            self._reveal(position)  # the menu key, far from the pointer
            point = self._rect(position).center()
        if self.selected_count:
            self.menu_wanted.emit(self._port.mapToGlobal(point))

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        if not len(self.media) or not self._pressed_key(Qt.Key(event.key()), event.modifiers()):
            event.ignore()

    def _pressed_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifiers) -> bool:
        """Whether it meant something."""
        last = len(self.media) - 1
        position = self._selection.current
        at = 0 if position is None else position
        page = self._geometry.rows_in(self._port.height())
        if key in _STEPS:
            self._move_to(at if position is None else self._geometry.step(at, *_STEPS[key]), modifiers)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._move_to(self._geometry.step(at, 0, page if key == Qt.Key.Key_PageDown else -page), modifiers)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to(0 if key == Qt.Key.Key_Home else last, modifiers)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and position is not None:
            self.activated.emit(int(self.media[position]))
        elif key == Qt.Key.Key_Space and position is not None:
            if modifiers & _CONTROL:
                self._selection.toggle(position)
                self._changed()
            else:
                self.looked.emit(int(self.media[position]))
        elif key == Qt.Key.Key_A and modifiers & _CONTROL:
            self.select_all()
        elif key == Qt.Key.Key_Escape and self.selected_count:
            self._selection.clear()
            self._changed()
        else:
            return False
        return True

    def _move_to(self, position: int, modifiers: Qt.KeyboardModifiers) -> None:
        if modifiers & _SHIFT:
            self._selection.extend(position)
        elif modifiers & _CONTROL:
            self._selection.current = self._selection.anchor = position
        else:
            self._selection.only(position)
        self._reveal(position)
        self._changed()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self._port.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self._port.update()

    def _changed(self) -> None:
        self._port.update()
        self.setAccessibleDescription(self._description())
        self.selection_changed.emit()

    def _description(self) -> str:
        """For those who do not see it: where the keyboard is, and how much is chosen."""
        position = self._selection.current
        if position is None:
            return counted(len(self.media), self.tr("1 picture"), self.tr("{0} pictures"))
        face = self._thumbnails.get(int(self.media[position]))
        name = "" if face is None else face.name or " ".join((face.words or "").split())[:80]
        place = self.tr("{0} of {1}").format(number(position + 1), number(len(self.media)))
        return f"{name}, {place}, " + self.tr("{0} chosen").format(number(self.selected_count))

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
