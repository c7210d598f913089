"""In a whole window, as its user does it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtGui import QColor, QImage
from PyQt5.QtWidgets import QApplication, QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from aptl3.gui import searching
from aptl3.gui.search.asking import Asking
from aptl3.gui.search.dropped import Offer
from aptl3.gui.search.header import Header
from aptl3.gui.search.question import Part, Question
from aptl3.gui.searching import Engine
from aptl3.gui.window import MainWindow
from aptl3.records.browsing import Filters, Sort
from aptl3.storage.writer import Writer
from tests.gui.coloured import Coloured
from tests.gui.hands import TEST, click, press_keys
from tests.search.conftest import add_texts


@pytest.fixture
def coloured(root: Path, tmp_path: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Coloured:
    coloured = Coloured(root, tmp_path / "pictures", writer)
    monkeypatch.setattr(Engine, "open", lambda _: coloured.open())
    return coloured


@pytest.fixture
def window(coloured: Coloured, window: MainWindow) -> MainWindow:
    """Made after the library, which it is to search with toy models."""
    return window


@pytest.fixture
def asking(qtbot: QtBot, window: MainWindow) -> Asking:
    """Of a window that shows the library."""
    qtbot.waitUntil(lambda: len(window.grid.media) == 23)
    return window.finding.asking


@pytest.fixture
def header(asking: Asking, window: MainWindow) -> Header:
    return window.finding.header


@pytest.fixture
def ask(qtbot: QtBot, asking: Asking) -> Callable[[str], None]:
    """Types words, and waits for the answer."""

    def ask(words: str) -> None:
        asking.bar.take_keyboard()
        TEST.keyClicks(asking.bar.field, words)
        with qtbot.waitSignal(asking.shown):
            press_keys(asking.bar.field, "Return")

    return ask


def first(window: MainWindow) -> int:
    return int(window.grid.media[0])


def test_words(window: MainWindow, coloured: Coloured, ask: Callable[[str], None]) -> None:
    ask("a red thing")
    assert first(window) == coloured.media["red"]
    assert "match" in window.grid.line_text()
    ask("green")
    assert first(window) == coloured.media["green"]


def test_back_and_forward(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    assert not window.commands["back"].isEnabled()
    ask("red")
    window.grid.go_to(coloured.media["mixed 3"])
    ask("green")
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Alt+Left")
    assert asking.bar.field.text() == "red" and first(window) == coloured.media["red"]
    assert window.grid.current == coloured.media["mixed 3"]
    press_keys(window, "Alt+Left")
    qtbot.waitUntil(lambda: window.browsing.everything)
    assert asking.bar.field.text() == "" and not window.commands["back"].isEnabled()
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Alt+Right")
    assert window.commands["forward"].isEnabled()


def test_more_also_and_less_like_this(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    red, blue = coloured.media["red"], coloured.media["blue"]
    window.grid.go_to(red)
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Ctrl+L")
    assert list(asking.question.parts) == [Part(example=red)]
    assert red not in window.grid.media
    window.grid.go_to(blue)
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Ctrl+U")
    assert list(asking.question.parts) == [Part(example=red), Part(example=blue, unlike=True)]
    green = coloured.media["green"]
    window.grid.go_to(green)
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Ctrl+Shift+L")
    assert [chip.part for chip in asking.bar.chips] == list(asking.question.parts)
    assert asking.question.parts[-1] == Part(example=green)


def test_the_button_on_a_tile(qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured) -> None:
    with qtbot.waitSignal(asking.shown):
        window.grid.wants_more_like.emit([coloured.media["blue"]])
    assert list(asking.question.parts) == [Part(example=coloured.media["blue"])]


def test_a_chip_is_weighted_and_removed(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    ask("red")
    with qtbot.waitSignal(asking.shown):
        asking.take(Offer([str(coloured.folder / "blue.png")]))
    chips = asking.bar.chips
    with qtbot.waitSignal(asking.shown):
        press_keys(chips[1], "Up")
    assert asking.question.parts[1].weight == 2
    with qtbot.waitSignal(asking.shown):
        press_keys(asking.bar.chips[1], "Del")
    assert asking.question.words == "red" and not asking.bar.chips


def test_what_is_dropped_joins_the_words_that_stand_there(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured
) -> None:
    asking.bar.field.setText("red")
    path = str(coloured.folder / "blue.png")
    with qtbot.waitSignal(asking.shown):
        asking.bar.offered.emit(Offer([path]))
    assert list(asking.question.parts) == [Part(words="red"), Part(example=path)]
    qtbot.waitUntil(lambda: asking.bar.chips[1]._seen)  # its picture is shown


def test_a_picture_is_pasted(qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 10, 250))
    clipboard: Any = QApplication.clipboard()
    clipboard.setImage(image)
    window.grid.setFocus()
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Ctrl+V")
    assert first(window) == coloured.media["blue"]
    [part] = asking.question.parts
    assert isinstance(part.example, str) and os.path.exists(part.example)
    assert asking.bar.chips[0]._seen


def test_filters(
    qtbot: QtBot, window: MainWindow, header: Header, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    [text] = add_texts(coloured.writer, "a red house")
    assert not asking.line.isVisible()
    press_keys(window, "Ctrl+Shift+F")
    assert asking.line.isVisible()
    qtbot.waitUntil(lambda: asking.line._folders.stringList() == [str(coloured.folder)])
    asking.line.changed.emit(Filters(modality="text"))
    qtbot.waitUntil(lambda: window.grid.media.tolist() == [text])
    ask("red")
    assert window.grid.media.tolist() == [text]
    with qtbot.waitSignal(asking.shown):
        asking.line.changed.emit(Filters(until=date(1999, 1, 1)))
    assert len(window.grid.media) == 0 and window.grid._empty[0] == "Nothing found"
    with qtbot.waitSignal(asking.shown):
        press_keys(window, "Ctrl+Shift+F")  # hidden, they are in force no more
    assert asking.question.filters == Filters() and first(window) == coloured.media["red"]


def test_the_order(
    qtbot: QtBot, window: MainWindow, header: Header, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    assert header.sort.currentText() == "Newest first"
    newest = window.grid.media.tolist()
    press_keys(window, "Ctrl+Shift+S")
    qtbot.waitUntil(lambda: window.grid.media.tolist() == newest[::-1])
    assert header.sort.currentText() == "Oldest first"
    ask("red")
    assert header.sort.currentText() == "Best match first"
    with qtbot.waitSignal(asking.shown):
        header.sort.activated.emit(1)
    assert asking.question.sort is Sort.NEWEST
    press_keys(window, "Alt+Home")
    qtbot.waitUntil(lambda: window.grid.media.tolist() == newest)


def test_what_cannot_be_asked_is_said(qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured) -> None:
    with qtbot.waitSignal(asking.said):
        asking.take(Offer([str(coloured.folder / "gone.png")]))
    assert "gone.png cannot be read" in window.banner.text and window.banner.isVisible()
    assert len(window.grid.media) == 23
    with qtbot.waitSignal(asking.shown):
        asking.take(Offer([str(coloured.folder / "red.png")]))
        asking.bar.chips[0].removed.emit()
    assert not window.banner.isVisible()


def test_it_is_said_when_it_takes_long(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window.finding.asker, "ask", lambda generation, question: None)
    asking.bar.field.setText("red")
    press_keys(asking.bar.field, "Return")
    qtbot.waitUntil(asking.bar._busy.isVisible)
    press_keys(window, "Alt+Home")
    assert not asking.bar._busy.isVisible()


def test_another_page_gives_way_to_answers(
    qtbot: QtBot, window: MainWindow, asking: Asking, ask: Callable[[str], None]
) -> None:
    window.show_page("failures")
    with qtbot.waitSignal(asking.shown):
        asking.bar.asked.emit((Part(words="red"),))
    assert window.pages.currentWidget() is window.library


def test_the_orders_that_there_are_have_room(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, ask: Callable[[str], None]
) -> None:
    sort = window.finding.header.sort
    assert [sort.itemText(row) for row in range(sort.count())] == ["Newest first", "Oldest first"]
    ask("red")
    assert [sort.itemText(row) for row in range(sort.count())] == ["Best match first", "Newest first", "Oldest first"]
    option, style = QStyleOptionComboBox(), sort.style()
    sort.initStyleOption(option)
    assert style is not None and sort.currentText() == "Best match first"
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, sort).width()
    assert sort.fontMetrics().horizontalAdvance(sort.currentText()) <= room


@pytest.mark.parametrize("keys", ["Ctrl+F", "Ctrl+Shift+F"])
def test_the_field_comes_into_sight_from_another_page(
    qtbot: QtBot, window: MainWindow, asking: Asking, coloured: Coloured, keys: str
) -> None:
    qtbot.waitUntil(lambda: len(window.grid.media) > 0)
    window.show_page("failures")
    press_keys(window, keys)
    qtbot.waitUntil(asking.bar.isVisible)
    control = asking.bar.field if keys == "Ctrl+F" else asking.line.type
    qtbot.waitUntil(control.hasFocus)


def test_find_takes_the_keyboard_and_gives_it_to_the_answers(qtbot: QtBot, window: MainWindow, asking: Asking) -> None:
    press_keys(window, "Ctrl+F")
    qtbot.waitUntil(lambda: window.focusWidget() is asking.bar.field)
    press_keys(asking.bar.field, "Esc")
    assert window.focusWidget() is window.grid
    click(asking.bar.field, asking.bar.field.rect().center())
    assert asking.bar.field.hasFocus() or window.focusWidget() is asking.bar.field


def test_the_rest_of_an_answer_does_not_disturb(
    qtbot: QtBot, window: MainWindow, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FIRST", 5)

    def choose() -> None:
        window.grid.go_to(int(window.grid.media[3]))

    asking.shown.connect(choose)
    with qtbot.waitSignal(asking.shown):
        asking.bar.asked.emit((Part(words="red"),))
    assert len(window.grid.media) == 5
    chosen = window.grid.current
    with qtbot.assertNotEmitted(asking.shown):
        qtbot.waitUntil(lambda: len(window.grid.media) == 23)
    assert window.grid.current == chosen


def test_the_rest_is_looked_for_when_the_pictures_of_the_beginning_are_there(
    qtbot: QtBot, window: MainWindow, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FIRST", 5)
    asker = window.finding.asker
    ask = asker.ask
    at_hand: list[list[bool]] = []

    def watched(generation: int, question: Question, *, whole: bool = False) -> None:
        if whole:
            port, media = window.grid.viewport(), window.grid.media.tolist()
            assert port is not None
            seen = [one for one in media if window.grid.tile_rect(one).intersects(port.rect())]
            at_hand.append([window.thumbnails.get(one) is not None for one in seen])
        ask(generation, question, whole=whole)

    monkeypatch.setattr(asker, "ask", watched)
    asking.bar.asked.emit((Part(words="red"),))
    qtbot.waitUntil(lambda: len(window.grid.media) == 23 and bool(at_hand))
    assert len(at_hand) == 1 and at_hand[0] and all(at_hand[0])
