"""A part of a question in the field: words or a picture, wanted or not, more or less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PyQt5.QtCore import QEvent, QPoint, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PyQt5.QtWidgets import QAction, QActionGroup, QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import describe, label, tool_button
from aptl3.gui.icons import picture
from aptl3.gui.search.question import WEIGHTS, Part, weight_text

PICTURE = 24  # points of the picture in it
_SIGN = 16


class Chip(QFrame):
    """Up and Down make it weigh more and less, − turns it round, Delete takes it out, Enter opens its menu.

    Signals:

    - ``changed(Part)``: it was weighted or negated
    - ``removed()``
    - ``edited()``: its words are wanted back in the field
    - ``stepped(int)``: the keyboard goes to the next one (1) or the one before (−1)
    """

    changed = pyqtSignal(object)
    removed = pyqtSignal()
    edited = pyqtSignal()
    stepped = pyqtSignal(int)

    def __init__(self, part: Part, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = part
        self._seen = False  # what it looks like is shown
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._sign, self._picture = QLabel(), QLabel()
        self._text, self._weight = label(), label(role="quiet")
        close = tool_button("close", self.tr("Take this out of the search"), do=self.removed.emit)
        close.setToolTip(self.tr("Take this out of the search (Del)"))
        close.setIconSize(QSize(12, 12))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(8 if part.words else 4, 2, 2, 2)
        row.setSpacing(5)
        for widget in (self._sign, self._picture, self._text, self._weight, close):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(30)
        self._show()

    def show_image(self, image: QImage) -> None:
        """What it looks like, for an example."""
        ratio = self.devicePixelRatioF()
        edge = round(PICTURE * ratio)
        mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        scaled = image.scaled(edge, edge, mode, Qt.TransformationMode.SmoothTransformation)
        pixmap = QPixmap.fromImage(scaled.copy((scaled.width() - edge) // 2, (scaled.height() - edge) // 2, edge, edge))
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)
        self._picture.setFixedSize(PICTURE, PICTURE)
        self._seen = True

    def menu(self) -> QMenu:
        """What can be done with it."""
        menu = QMenu(self)
        names = [self.tr("A quarter"), self.tr("Half as much"), self.tr("Normal"), self.tr("Twice as much")]
        group = QActionGroup(menu)
        for weight, name in zip(WEIGHTS, [*names, self.tr("Four times as much")], strict=True):
            action = self._action(menu, name, partial(self._change, replace(self.part, weight=weight)))
            action.setCheckable(True)
            action.setChecked(weight == self.part.weight)
            group.addAction(action)
        menu.addSeparator()
        unlike = self._action(menu, self.tr("&Less like this\t−"), self._turn)
        unlike.setCheckable(True)
        unlike.setChecked(self.part.unlike)
        menu.addSeparator()
        if self.part.words:
            self._action(menu, self.tr("&Edit\tF2"), self.edited.emit)
        self._action(menu, self.tr("&Take out\tDel"), self.removed.emit)
        return menu

    def _action(self, menu: QMenu, text: str, do: Callable[[], None]) -> QAction:
        action = menu.addAction(text)
        assert action is not None
        action.triggered.connect(lambda _checked: do())
        return action

    def _open_menu(self, at: QPoint | None = None) -> None:
        self.menu().popup(at or self.mapToGlobal(self.rect().bottomLeft()))

    def _change(self, part: Part) -> None:
        if part != self.part:
            self.part = part
            self._show()
            self.changed.emit(part)

    def _turn(self) -> None:
        self._change(replace(self.part, unlike=not self.part.unlike))

    def _show(self) -> None:
        part = self.part
        colors = theme.current()
        ratio = self.devicePixelRatioF()
        self._sign.setVisible(part.unlike)
        self._sign.setPixmap(picture("unlike", colors.bad, _SIGN, ratio))
        self._picture.setVisible(part.example is not None)
        if not self._seen:
            self._picture.setPixmap(picture("picture", colors.quiet, PICTURE - 4, ratio))
        self._text.setText(part.name)
        self._text.setVisible(bool(part.words))
        self._weight.setText(weight_text(part.weight))
        self._weight.setVisible(part.weight != 1)
        what = part.name or self.tr("a picture of the library")
        likeness = self.tr("Less like {0}") if part.unlike else self.tr("Like {0}")
        weight = "" if part.weight == 1 else ", " + weight_text(part.weight)
        describe(self, likeness.format(what) + weight, "Return")
        self.adjustSize()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = 2.0 if self.hasFocus() else 1.0
        border = colors.accent if self.hasFocus() else colors.bad if self.part.unlike else colors.border
        painter.setPen(QPen(QColor(border), edge))
        painter.setBrush(QColor(colors.hover if self.part.unlike else colors.chosen))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge / 2, edge / 2, -edge / 2, -edge / 2), 6, 6)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        if event.button() == Qt.MouseButton.MiddleButton:
            self.removed.emit()
        elif event.button() == Qt.MouseButton.LeftButton or event.button() == Qt.MouseButton.RightButton:
            self._open_menu()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        assert event is not None
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self._change(self.part.heavier(1 if event.angleDelta().y() > 0 else -1))
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        do = self._meaning(Qt.Key(event.key()))
        if do is None:
            super().keyPressEvent(event)
        else:
            do()

    def _meaning(self, key: Qt.Key) -> Callable[[], None] | None:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Menu):
            return self._open_menu
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self.removed.emit
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return partial(self._change, self.part.heavier(1 if key == Qt.Key.Key_Up else -1))
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return partial(self.stepped.emit, 1 if key == Qt.Key.Key_Right else -1)
        if key == Qt.Key.Key_F2 and self.part.words:
            return self.edited.emit
        return self._turn if key == Qt.Key.Key_Minus else None
