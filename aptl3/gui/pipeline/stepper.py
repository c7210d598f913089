"""A small number with a button for one less and one for one more."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QHBoxLayout, QShortcut, QSizePolicy, QSpinBox, QWidget

from aptl3.gui.controls import describe, tool_button

EDGE = 26  # points, of a button


class Stepper(QWidget):
    """Of a ``name`` that says what is counted, in ``units``, for one and for more; ``shortcut`` leads to it.

    Signals: ``wanted(int)``: the user wants another number.
    """

    wanted = pyqtSignal(int)

    def __init__(
        self, name: str, units: tuple[str, str], shortcut: str, most: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._units = units
        self.number = QSpinBox()
        self.number.setRange(1, most)
        self.number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setKeyboardTracking(False)  # 1 is not wanted on the way to 12
        self.number.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.number.valueChanged.connect(self._changed)
        describe(self.number, name, shortcut)
        QShortcut(QKeySequence(shortcut), self).activated.connect(self.number.setFocus)
        self.fewer = tool_button("fewer", self.tr("{0}: one less").format(name), "", self.number.stepDown)
        self.more = tool_button("more", self.tr("{0}: one more").format(name), "", self.number.stepUp)
        for button, key in ((self.fewer, "Down"), (self.more, "Up")):
            button.setIconSize(QSize(14, 14))
            button.setFixedSize(EDGE, EDGE)
            button.setAutoRepeat(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys do the same in the number
            describe(button, button.accessibleName(), key)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.fewer, self.number, self.more):
            row.addWidget(widget, 1 if widget is self.number else 0)
        self.setFocusProxy(self.number)
        self._bound()

    def put(self, number: int) -> None:
        """The number as it is; what the user is just typing is not overwritten."""
        if number != self.number.value() and not self.number.hasFocus():
            self.number.blockSignals(True)
            self.number.setValue(number)
            self.number.blockSignals(False)
            self._bound()

    def _changed(self, number: int) -> None:
        self._bound()
        self.wanted.emit(number)

    def _bound(self) -> None:
        """What follows from the number."""
        one, many = self._units
        self.number.setSuffix(f" {one if self.number.value() == 1 else many}")
        self.fewer.setEnabled(self.number.value() > self.number.minimum())
        self.more.setEnabled(self.number.value() < self.number.maximum())
