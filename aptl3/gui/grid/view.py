"""The grid: a canvas of tiles in the user's hands, by pointer and by keyboard."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QPoint, Qt, pyqtSignal
from PyQt5.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PyQt5.QtWidgets import QApplication, QToolTip, QWidget

from aptl3.gui.controls import hint
from aptl3.gui.grid.canvas import Canvas
from aptl3.gui.grid.selection import Ids
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.tile import like_rect
from aptl3.gui.preferences import TILES
from aptl3.gui.wording import counted, number

SELECTED = 10_000  # media that ``selected`` gives at the most
LIKE_KEY = "Ctrl+L"  # the command that does what the button on a tile does

_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_STEPS = {  # key → columns, rows
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class GridView(Canvas):
    """Shows a list of media, to be chosen, opened, drawn out.

    Signals, besides ``zoomed(int)`` of ``Canvas``:

    - ``activated(int)``: Enter or a double click on a media item
    - ``looked(int)``: Space, for a quick look
    - ``selection_changed()``: others are chosen, or the keyboard is at another one (``current``)
    - ``wants_more_like(list[int])``: the button on a tile
    - ``menu_wanted(QPoint)``: a context menu for what is chosen, at this point of the screen
    - ``drag_wanted(list[int])``: the pointer draws these out of the grid
    """

    activated = pyqtSignal(int)
    looked = pyqtSignal(int)
    selection_changed = pyqtSignal()
    wants_more_like = pyqtSignal(list)
    menu_wanted = pyqtSignal(QPoint)
    drag_wanted = pyqtSignal(list)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._pressed: tuple[QPoint, int] | None = None
        self._port.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.setAccessibleName(self.tr("Pictures"))

    def set_media(self, media: Ids, likely: int | None = None, *, keep: bool = False) -> None:
        self._pressed = None
        super().set_media(media, likely, keep=keep)
        self._changed()

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
        at = self._geometry.visible(self._bar.value(), self._port.height()).start if position is None else position
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
