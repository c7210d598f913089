from __future__ import annotations

from datetime import date

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from aptl3.gui.search.filters import FilterLine, with_parents
from aptl3.records.browsing import Filters
from tests.gui.hands import press_keys


@pytest.mark.parametrize(
    ("folders", "offered"),
    [
        ([], []),
        (["/a/b"], ["/a/b"]),
        (["/a/b/c", "/a/d"], ["/a", "/a/b", "/a/b/c", "/a/d"]),
        (["/a", "/a/b/c"], ["/a", "/a/b", "/a/b/c"]),
        (["/a/x", "/b/y"], ["/", "/a", "/a/x", "/b", "/b/y"]),
    ],
)
def test_folders_are_offered_with_those_that_they_lie_in(folders: list[str], offered: list[str]) -> None:
    assert with_parents(folders) == offered


@pytest.fixture
def line(qtbot: QtBot) -> FilterLine:
    line = FilterLine()
    qtbot.addWidget(line)
    line.show()
    return line


def test_each_filter_is_told_when_it_is_given(qtbot: QtBot, line: FilterLine) -> None:
    told: list[Filters] = []
    line.changed.connect(told.append)
    line.type.setCurrentIndex(1)
    line.type.activated.emit(1)
    line.since.setText("2019")
    press_keys(line.since, "Return")
    line.until.setText("2019-05")
    press_keys(line.until, "Return")
    line.offer_folders(["/photographs/2019"])
    line.folder.setEditText("/photographs/2019/")
    press_keys(line._line, "Return")
    assert told[-1] == Filters("/photographs/2019", date(2019, 1, 1), date(2019, 5, 31), "text")
    assert len(told) == 4
    line.clear()
    assert told[-1] == Filters()
    assert (line.since.text(), line._line.text(), line.type.currentIndex()) == ("", "", 0)


def test_a_day_that_makes_no_sense_is_marked_and_filters_nothing(qtbot: QtBot, line: FilterLine) -> None:
    with qtbot.assertNotEmitted(line.changed):
        line.since.setText("2019-99")
        press_keys(line.since, "Return")
        assert line.since.property("wrong") is True
        press_keys(line.since, "Alt+C")
        qtbot.waitUntil(lambda: line.since.text() == "")
        line.since.setText("2019-99")
    assert line.since.property("wrong") is True
    line.since.setText("2019-09")
    assert line.since.property("wrong") is False


def test_a_part_of_its_name_finds_a_folder(line: FilterLine) -> None:
    line.offer_folders(["/photographs/2018 Rome", "/photographs/2019 Oslo"])
    completer = line.folder.completer()
    assert completer is not None
    completer.setCompletionPrefix("oslo")
    assert completer.completionCount() == 1
    assert completer.currentCompletion() == "/photographs/2019 Oslo"


def test_what_is_in_force_is_shown(line: FilterLine) -> None:
    line.show_filters(Filters("/photographs", date(2019, 5, 1), date(2019, 12, 31), "any"))
    assert line._line.text() == "/photographs"
    assert (line.since.text(), line.until.text()) == ("2019-05", "2019")
    assert line.type.currentText() == "Both"
    line.offer_folders(["/other"])
    assert line._line.text() == "/photographs"


def test_the_keyboard_reaches_it(qtbot: QtBot, line: FilterLine) -> None:
    line.take_keyboard()
    assert line.focusWidget() is line.type
    assert line.type.focusPolicy() & Qt.FocusPolicy.TabFocus
