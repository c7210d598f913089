from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDropEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.search.bar import SearchBar
from aptl3.gui.search.dropped import Offer
from aptl3.gui.search.question import Part, Question
from tests.gui.hands import TEST, press_keys


@pytest.fixture
def bar(qtbot: QtBot) -> SearchBar:
    bar = SearchBar()
    bar.asked.connect(lambda parts: bar.show_question(Question(parts)))  # as a window does
    qtbot.addWidget(bar)
    bar.resize(700, 40)
    bar.show()
    bar.take_keyboard()
    return bar


@pytest.fixture
def asked(bar: SearchBar) -> list[list[Part]]:
    asked: list[list[Part]] = []
    bar.asked.connect(lambda parts: asked.append(list(parts)))
    return asked


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def clipboard() -> Any:
    return QApplication.clipboard()


RED, BUS = Part(words="red"), Part(words="bus")
PICTURE = Part(example=7)


def test_words_are_asked_for_and_stay_in_the_field(bar: SearchBar, asked: list[list[Part]]) -> None:
    TEST.keyClicks(bar.field, "red")
    press_keys(bar.field, "Return")
    assert asked == [[RED]]
    assert bar.field.text() == "red" and not bar.chips
    bar.take_keyboard()
    TEST.keyClicks(bar.field, "bus")
    press_keys(bar.field, "Return")
    assert asked[-1] == [BUS]


def test_words_beside_a_picture_are_chips(bar: SearchBar, asked: list[list[Part]]) -> None:
    bar.show_question(Question((PICTURE,)))
    TEST.keyClicks(bar.field, "red")
    press_keys(bar.field, "Return")
    assert asked == [[PICTURE, RED]]
    assert [chip.part for chip in bar.chips] == [PICTURE, RED] and bar.field.text() == ""


def test_several_words_by_themselves(bar: SearchBar, asked: list[list[Part]]) -> None:
    TEST.keyClicks(bar.field, "red")
    press_keys(bar.field, "Ctrl+Return")
    assert asked == [] and [chip.part for chip in bar.chips] == [RED]
    TEST.keyClicks(bar.field, "bus")
    press_keys(bar.field, "Return")
    assert asked == [[RED, BUS]]


def test_chips_by_keyboard(qtbot: QtBot, bar: SearchBar, asked: list[list[Part]]) -> None:
    bar.show_question(Question((RED, BUS, PICTURE)))
    press_keys(bar.field, "Backspace")
    qtbot.waitUntil(lambda: bar.focusWidget() is bar.chips[2])
    press_keys(bar.chips[2], "Left", "Left")
    assert bar.focusWidget() is bar.chips[1]
    press_keys(bar.chips[1], "Up")
    assert asked[-1] == [RED, Part(words="bus", weight=2.0), PICTURE]
    assert bar.focusWidget() is bar.chips[1]
    press_keys(bar.chips[1], "Del")
    assert asked[-1] == [RED, PICTURE]
    press_keys(bar.chips[0], "F2")
    assert bar.field.text() == "red" and [chip.part for chip in bar.chips] == [PICTURE]
    press_keys(bar.field, "End", "!", "Return")
    assert asked[-1] == [PICTURE, Part(words="red!")]


def test_a_chip_keeps_the_keyboard_when_the_answer_comes(bar: SearchBar) -> None:
    bar.show_question(Question((RED, BUS)))
    bar.chips[1].setFocus()
    bar.show_question(Question((BUS, PICTURE)))
    assert bar.focusWidget() is bar.chips[1]


def test_the_last_chip_goes(bar: SearchBar, asked: list[list[Part]]) -> None:
    bar.show_question(Question((PICTURE,)))
    bar.chips[0].setFocus()
    press_keys(bar.chips[0], "Backspace")
    assert asked == [[]] and not bar.chips


def test_clear(bar: SearchBar, asked: list[list[Part]]) -> None:
    assert not bar._clear.isVisible()
    bar.show_question(Question((RED, PICTURE)))
    assert bar._clear.isVisible()
    bar._clear.click()
    assert asked == [[]] and not bar.chips and bar.field.text() == ""


def test_pictures_are_wanted_for_examples(bar: SearchBar) -> None:
    wanted: list[object] = []
    bar.wanted.connect(wanted.append)
    bar.show_question(Question((RED, PICTURE, Part(example="/a.jpg"))))
    assert wanted == [7, "/a.jpg"]


def test_chips_that_have_no_room_are_scrolled_to(bar: SearchBar) -> None:
    many = tuple(Part(words=f"words of some length {number}") for number in range(9))
    bar.show_question(Question(many))
    assert bar.field.width() >= 120
    assert bar.width() == 700
    scroll = bar._tray.horizontalScrollBar()
    assert scroll is not None and scroll.value() == 0
    press_keys(bar.field, "Left")
    assert bar.focusWidget() is bar.chips[-1] and scroll.value() == scroll.maximum() > 0


def test_a_photograph_is_dropped(qtbot: QtBot, bar: SearchBar) -> None:
    data, at = files("/a.jpg", "/b.png"), QPoint(50, 20)
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifiers())
    QApplication.sendEvent(bar, enter)
    assert enter.isAccepted() and bar.property("look") == "drop"
    drop = QDropEvent(at, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifiers())
    with qtbot.waitSignal(bar.offered) as offered:
        QApplication.sendEvent(bar, drop)
    assert offered.args == [Offer(["/a.jpg", "/b.png"])]
    assert bar.property("look") != "drop"


def test_a_folder_is_not_searched_with(bar: SearchBar) -> None:
    data = files("/photographs")
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifiers()
    )
    enter.accept()
    QApplication.sendEvent(bar, enter)
    assert not enter.isAccepted()


def test_what_was_copied_is_pasted(qtbot: QtBot, bar: SearchBar) -> None:
    clipboard().setMimeData(files("/a.jpg"))
    with qtbot.waitSignal(bar.offered) as offered:
        press_keys(bar.field, "Ctrl+V")
    assert offered.args == [Offer(["/a.jpg"])]
    with qtbot.waitSignal(bar.offered):
        bar.paste()
    clipboard().setText("a red bus")
    press_keys(bar.field, "Ctrl+V")
    assert bar.field.text() == "a red bus"
    bar.paste()
    assert bar.field.text() == "a red bus"  # in place of what was chosen


def test_the_keyboard_goes_on_to_the_answers(qtbot: QtBot, bar: SearchBar) -> None:
    for key in ("Esc", "Down"):
        with qtbot.waitSignal(bar.left):
            press_keys(bar.field, key)


def test_one_is_about_to_ask(qtbot: QtBot, bar: SearchBar) -> None:
    bar.field.clearFocus()
    with qtbot.waitSignal(bar.touched):
        bar.take_keyboard()
