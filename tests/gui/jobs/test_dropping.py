from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PyQt5.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from aptl3.gui.jobs.dropping import Dropping
from tests.gui.hands import painted

_COPY, _LEFT, _NO = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def target(qapp: QApplication, qtbot: QtBot) -> Iterator[tuple[QMainWindow, Dropping]]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.show()
    yield window, Dropping(window)


def enter(window: QMainWindow, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(9, 9), _COPY, data, _LEFT, _NO)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def drop(window: QMainWindow, data: QMimeData) -> bool:
    event = QDropEvent(QPointF(9, 9), _COPY, data, _LEFT, _NO)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths] + [QUrl("https://example.org/a.jpg")])
    return data


def test_files_are_taken_and_told(qtbot: QtBot, target: tuple[QMainWindow, Dropping]) -> None:
    window, dropping = target
    data = files("/a/Holiday", "/a/b c.jpg")
    before = painted(window)
    assert enter(window, data)
    assert painted(window) != before  # it is said what a drop does
    with qtbot.waitSignal(dropping.dropped) as dropped:
        assert drop(window, data)
    assert dropped.args == [["/a/Holiday", "/a/b c.jpg"]]
    assert painted(window) == before


def test_leaving_leaves_nothing(target: tuple[QMainWindow, Dropping]) -> None:
    window, _ = target
    before = painted(window)
    data = files("/a")
    enter(window, data)
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert painted(window) == before


def test_what_is_no_file_is_not_taken(qtbot: QtBot, target: tuple[QMainWindow, Dropping]) -> None:
    window, dropping = target
    words, far = QMimeData(), QMimeData()
    words.setText("a cat")
    far.setUrls([QUrl("https://example.org/a.jpg")])
    for data in (words, far):
        with qtbot.assertNotEmitted(dropping.dropped):
            assert not enter(window, data) and not drop(window, data)
