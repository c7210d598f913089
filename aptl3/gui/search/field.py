"""Where words are typed, and the tray before it on which chips lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PyQt5.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QScrollArea, QSizePolicy, QWidget

from aptl3.gui.search.dropped import offered


class Field(QLineEdit):
    """Signals:

    - ``added()``: Ctrl+Enter, what is typed shall be one part of several
    - ``backed()``: the keyboard wants to go to what stands before
    - ``left()``: the keyboard wants to go on
    - ``focused()``: it got the keyboard, or lost it
    - ``pasted(Offer)``: something other than words
    """

    added = pyqtSignal()
    backed = pyqtSignal()
    left = pyqtSignal()
    focused = pyqtSignal()
    pasted = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Words")
        self.setFrame(False)
        self.setAcceptDrops(False)  # what is around it takes what is dropped
        self.setMinimumWidth(120)
        self._clicked = False  # into it, while it had not the keyboard

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        do = self._meaning(event)
        if do is not None:
            do()
        elif not event.matches(QKeySequence.StandardKey.Paste) or not self._paste():
            super().keyPressEvent(event)

    def _meaning(self, event: QKeyEvent) -> Callable[[], None] | None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            return self.left.emit
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left) and not self.cursorPosition() and not self.hasSelectedText():
            return self.backed.emit
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return self.added.emit
        return None

    def _paste(self) -> bool:
        """Whether there was something other than words."""
        clipboard = QApplication.clipboard()
        found = None if clipboard is None else offered(clipboard.mimeData())
        if found is not None:
            self.pasted.emit(found)
        return found is not None

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self._clicked = event is not None and event.reason() == Qt.FocusReason.MouseFocusReason
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self.focused.emit()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        super().mouseReleaseEvent(event)
        if self._clicked and not self.hasSelectedText():
            self.selectAll()  # as in the field of a browser: what is typed next takes its place
        self._clicked = False


class Tray(QScrollArea):
    """Chips in a row, as wide as they need up to a limit; what is more is scrolled to by the wheel or the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit = 400
        self._wanted = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(32)

    def show_chips(self, chips: Sequence[QWidget]) -> None:
        inside = QWidget()
        inside.setObjectName("Tray")
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 1, 0, 1)
        row.setSpacing(5)
        for chip in chips:
            row.addWidget(chip)
        inside.installEventFilter(self)
        self.setWidget(inside)
        self._fit()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.LayoutRequest:  # a chip is wider or narrower now
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        inside = self.widget()
        if inside is not None:
            size = inside.minimumSizeHint()
            inside.resize(size.width(), 32)
            self._wanted = size.width()
            self.setFixedWidth(min(self._wanted, self._limit))

    def limit(self, width: int) -> None:
        self._limit = width
        self.setFixedWidth(min(self._wanted, width))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        bar = self.horizontalScrollBar()
        assert event is not None and bar is not None
        turned = event.angleDelta()
        bar.setValue(bar.value() - (turned.x() or turned.y()) // 2)
        event.accept()
