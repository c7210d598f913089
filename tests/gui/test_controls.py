from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from aptl3.gui.controls import scroll_area, show_as


def test_a_widget_looks_as_the_style_sheet_says_for_its_property(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    whole.setStyleSheet("QLineEdit { min-width: 50px } QLineEdit[wrong=true] { min-width: 300px }")
    line = QLineEdit(whole)
    whole.show()
    for wrong in (False, True, True, False):
        show_as(line, "wrong", wrong)
        assert (line.minimumWidth() >= 300) is wrong


def test_the_keyboard_goes_past_what_scrolls(qtbot: QtBot) -> None:
    inner = QWidget()
    inner.setMinimumSize(500, 500)
    button = QPushButton("here", inner)
    area = scroll_area(inner, sideways=False)
    qtbot.addWidget(area)
    area.resize(200, 200)
    area.show()
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus and button.focusPolicy() != Qt.FocusPolicy.NoFocus
    vertical, horizontal = area.verticalScrollBar(), area.horizontalScrollBar()
    assert vertical is not None and horizontal is not None
    assert vertical.isVisible() and not horizontal.isVisible()
