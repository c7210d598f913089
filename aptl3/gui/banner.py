"""A line above the page that says what went wrong, and what can be done about it. It never stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from aptl3.gui.controls import describe, label, push_button, tool_button

_ACT = "Ctrl+Shift+A"


class Banner(QWidget):
    """Hidden until something is said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._do: Callable[[], None] | None = None
        self._text = label()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = push_button("", _ACT, self._act, main=True)
        self._close = tool_button("close", self.tr("Close this message"), "Ctrl+Shift+W", self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        for widget in (self._text, self._button, self._close):
            row.addWidget(widget)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, button: str = "", do: Callable[[], None] | None = None) -> None:
        """Shows one sentence, and a button when there is something to do. What was said before is gone."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self._do = do
        self._button.setText(button)
        self._button.setShortcut(_ACT)  # which goes with the text
        describe(self._button, button, _ACT)
        self._button.setVisible(do is not None)
        self.show()

    def _act(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()
