"""A pointer and a keyboard for tests."""

from __future__ import annotations

from typing import Any

from PyQt5 import QtTest
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QImage, QMouseEvent, QWheelEvent
from PyQt5.QtWidgets import QApplication, QWidget

TEST: Any = QtTest.QTest  # whose stubs take its static methods for others
NO = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def press_keys(widget: QWidget, *sequences: str) -> None:
    """Each as in "Ctrl+A"; its window becomes the active one, where shortcuts work."""
    QApplication.setActiveWindow(widget.window())
    for sequence in sequences:
        TEST.keySequence(widget, sequence)


def click(
    widget: QWidget,
    at: QPoint,
    modifiers: Qt.KeyboardModifier = NO,
    button: Qt.MouseButton = LEFT,
    double: bool = False,
) -> None:
    (TEST.mouseDClick if double else TEST.mouseClick)(widget, button, modifiers, at)


def move(widget: QWidget, to: QPoint, held: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), Qt.MouseButton.NoButton, held, NO)
    QApplication.sendEvent(widget, event)


def wheel(widget: QWidget, turn: int, modifiers: Qt.KeyboardModifier = NO) -> None:
    at, phase = QPointF(50, 50), Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, at, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(widget, event)


def painted(widget: QWidget) -> QImage:
    """What is on the screen of it."""
    return widget.grab().toImage()
