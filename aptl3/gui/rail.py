"""The pages of the window, as icons one above the other at its left."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import QAction, QVBoxLayout, QWidget

from aptl3.gui.controls import action_button


class Rail(QWidget):
    """Buttons for the actions that open pages."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 10, 6, 10)
        self._column.setSpacing(6)
        self._column.addStretch()

    def add(self, action: QAction) -> None:
        button = action_button(action)
        button.setIconSize(QSize(22, 22))
        self._column.insertWidget(self._column.count() - 1, button)
