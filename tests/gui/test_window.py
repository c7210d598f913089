from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QAction,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QScrollBar,
    QShortcut,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from aptl3.gui import reading, theme
from aptl3.gui.commands import MENUS
from aptl3.gui.notice import Notice
from aptl3.gui.preferences import TILES, Preferences
from aptl3.gui.theme import Choice, Theme
from aptl3.gui.window import MainWindow
from tests.gui.hands import press_keys
from tests.gui.library import add, new_library

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LOOK", 20)


def shown(window: MainWindow) -> list[str]:
    """What can be read in the window."""
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.text()]


def test_without_a_library_the_first_thing_to_do_is_said(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: "Search your photographs by words" in shown(window))
    assert not window.foot.slider.isVisible()


def test_photographs_appear_while_they_are_added(qtbot: QtBot, window: MainWindow, root: Path) -> None:
    qtbot.waitUntil(lambda: "Search your photographs by words" in shown(window))
    with new_library(root) as writer:
        first = add(writer, 3)
        qtbot.waitUntil(lambda: window.grid.media.tolist() == first)
        assert window.foot.count.text() == "3 shown" and window.foot.slider.isVisible()
        second = add(writer, 2, first=3)
        qtbot.waitUntil(lambda: window.grid.media.tolist() == second + first)
    assert window.foot.count.text() == "5 shown"


def test_a_full_library_never_says_that_it_is_empty(
    qtbot: QtBot, qapp: QApplication, root: Path, ten: list[int], tmp_path: Path, theme: Theme
) -> None:
    window = MainWindow(root, Preferences(tmp_path / "window.ini"), theme)
    window.show()
    first = window.library._first
    assert not first.isVisible()
    window.start()
    qtbot.waitUntil(lambda: len(window.grid.media) == 10 or first.isVisible())
    assert not first.isVisible()
    window.close()
    window.deleteLater()


def test_how_many_are_chosen_is_said(qtbot: QtBot, window: MainWindow, ten: list[int]) -> None:
    qtbot.waitUntil(lambda: len(window.grid.media) == 10)
    press_keys(window.grid, "Ctrl+A")
    assert window.foot.count.text() == "10 of 10 chosen"


def test_a_library_that_cannot_be_opened_says_what_to_do_until_it_can(
    qtbot: QtBot, window: MainWindow, root: Path
) -> None:
    with new_library(root) as writer:
        add(writer, 1)
    change_version(root, 99)
    qtbot.waitUntil(lambda: "This library cannot be opened" in shown(window))
    assert any("use that version" in text for text in shown(window))
    shutil.rmtree(root)
    with new_library(root) as writer:
        add(writer, 1)
    qtbot.waitUntil(lambda: "1 shown" in shown(window))


def change_version(root: Path, version: int) -> None:
    with closing(sqlite3.connect(root / "library.sqlite3")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("CREATE TABLE touched (x)")
        connection.commit()


def test_an_error_is_a_line_above_the_page(qtbot: QtBot, window: MainWindow) -> None:
    done: list[str] = []
    window.reader.failed.emit("The disk is full.")
    assert "The disk is full." in shown(window)
    window.banner.say("The supervisor ended.", "Start again", lambda: done.append("started"))
    assert "The disk is full." not in shown(window)
    press_keys(window, "Ctrl+Shift+A")
    qtbot.waitUntil(lambda: done == ["started"])  # the button is seen to go down first
    assert not window.banner.isVisible()
    window.banner.say("Done.")
    press_keys(window, "Ctrl+Shift+W")
    qtbot.waitUntil(lambda: not window.banner.isVisible())


def test_every_control_has_a_name_and_tells_its_shortcut(window: MainWindow) -> None:
    window.banner.say("Something happened.", "Do something", lambda: None)
    controls = [one for one in window.findChildren(QWidget) if isinstance(one, CONTROLS)]
    own = [one for one in controls if not isinstance(one, QScrollBar) and not inside_of_qt(one)]
    assert len(own) >= 4
    for control in own:
        assert control.accessibleName(), control
        assert re.search(r"\S \(.+\)$", control.toolTip()), (control, control.toolTip())


def inside_of_qt(widget: QWidget) -> bool:
    """Qt's own parts of its widgets, as the extension button of a menu bar, the field of a combo box."""
    return widget.objectName().startswith("qt_") or isinstance(widget.parent(), (QComboBox, QAbstractSpinBox))


def test_no_shortcut_is_given_twice(window: MainWindow) -> None:
    given = [key.toString() for action in window.actions() for key in action.shortcuts()]
    given += [one.shortcut().toString() for one in window.findChildren(QAbstractButton) if not one.shortcut().isEmpty()]
    assert sorted(given) == sorted(set(given))


def test_menus_are_in_their_order(window: MainWindow) -> None:
    bar = window.menuBar()
    assert bar is not None
    titles = [action.text().replace("&", "").lower() for action in bar.actions()]
    assert {"file", "edit", "view", "go"} <= set(titles)
    assert titles == [name for name in MENUS if name in titles]


def test_pages(qtbot: QtBot, window: MainWindow) -> None:
    page = Notice("info", "Another page")
    window.add_page("other", "info", "&Other", "Ctrl+9", page)
    assert not page.isVisible()
    press_keys(window, "Ctrl+9")
    assert page.isVisible() and not window.foot.slider.isVisible() and window.commands["page-other"].isChecked()
    window.show_page("library")
    assert not page.isVisible() and not window.commands["page-other"].isChecked()


def test_sizes_by_slider_and_keyboard(window: MainWindow, ten: list[int]) -> None:
    before = window.grid.tile
    press_keys(window, "Ctrl++", "Ctrl+=")
    assert window.grid.tile == window.foot.slider.value() == before + 2 * TILES.step
    press_keys(window, "Ctrl+-")
    assert window.grid.tile == before + TILES.step
    window.foot.slider.setValue(100)
    assert window.grid.tile == 100


def test_what_was_left_is_found_again(qtbot: QtBot, window: MainWindow, root: Path, tmp_path: Path) -> None:
    window.resize(777, 555)
    window.grid.set_tile(112)
    press_keys(window, "Ctrl+E")
    window.commands["theme-dark"].trigger()
    assert theme.current().dark
    window.close()
    again = MainWindow(root, Preferences(tmp_path / "window.ini"), window.theme)
    qtbot.addWidget(again)
    assert (again.width(), again.height(), again.grid.tile) == (777, 555, 112)
    assert again.foot.slider.value() == 112 and again.commands["whole"].isChecked()
    assert again.preferences.theme is Choice.DARK


def test_the_theme_reaches_everything_that_is_painted(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: "Search your photographs by words" in shown(window))
    light = window.grab().toImage()
    window.commands["theme-dark"].trigger()
    dark = window.grab().toImage()
    points = [(x, y) for x in range(5, light.width(), 40) for y in range(5, light.height(), 40)]
    turned = [light.pixelColor(*at).lightness() > 200 and dark.pixelColor(*at).lightness() < 60 for at in points]
    assert sum(turned) > 0.95 * len(points)  # the others are words and signs


def test_closing_may_be_refused(window: MainWindow) -> None:
    window.before_close.append(lambda: False)
    assert not window.close() and window.isVisible()
    window.leave()
    assert not window.isVisible()


def test_full_screen_and_back(window: MainWindow) -> None:
    press_keys(window, "F11")
    assert window.windowState() & Qt.WindowState.WindowFullScreen
    press_keys(window, "F11")
    assert not window.windowState() & Qt.WindowState.WindowFullScreen


def test_files_are_copied_by_their_shortcut(qtbot: QtBot, window: MainWindow, ten: list[int]) -> None:
    qtbot.waitUntil(lambda: len(window.grid.media) == 10)
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.clear()
    window.grid.go_to(ten[0])
    with qtbot.waitSignal(clipboard.dataChanged):
        press_keys(window, "Ctrl+C")
    assert clipboard.text().endswith("000009.jpg")


def test_a_million_are_shown_as_quickly_as_ten(qtbot: QtBot, window: MainWindow, ten: list[int]) -> None:
    qtbot.waitUntil(lambda: len(window.grid.media) == 10)
    window.browsing.show(np.arange(1, 1_000_001), None)
    assert window.foot.count.text().replace(",", "") == "1000000 shown"
    press_keys(window.grid, "End")
    assert window.grid.current == 1_000_000


def test_no_key_means_two_things(qtbot: QtBot, window: MainWindow, ten: list[int]) -> None:
    """Qt does nothing at all at a key that two controls in sight claim."""
    qtbot.waitUntil(lambda: len(window.grid.media) == 10)
    window.grid.go_to(ten[0])
    window.commands["filters"].trigger()
    bar = window.menuBar()
    assert bar is not None
    menus = [QKeySequence.mnemonic(action.text()).toString() for action in bar.actions()]
    for name in ("library", "pipeline", "failures", "quality"):
        window.show_page(name)
        window.desk.failures.stack.setCurrentIndex(1)
        claimed = Counter([*menus, *_claimed(window)])
        assert not [key for key, count in claimed.items() if key and count > 1], name


def _claimed(window: MainWindow) -> Iterator[str]:
    """Keys of what is in sight: commands, controls, and the letters that are underlined."""
    actions = {id(one): one for widget in [window, *window.findChildren(QWidget)] for one in _in_force(widget)}
    for action in actions.values():
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut:
            yield from {keys.toString() for keys in action.shortcuts()}
    for shortcut in window.findChildren(QShortcut):
        parent = shortcut.parent()
        if isinstance(parent, QWidget) and parent.isVisible():
            yield shortcut.key().toString()
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and not (isinstance(button, QToolButton) and button.defaultAction()):
            yield button.shortcut().toString() or QKeySequence.mnemonic(button.text()).toString()
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.buddy():
            yield QKeySequence.mnemonic(label.text()).toString()


def _in_force(widget: QWidget) -> list[QAction]:
    return widget.actions() if widget.isVisible() and not isinstance(widget, QMenuBar) else []


def test_the_keyboard_is_at_the_pictures_when_the_first_appear(qtbot: QtBot, window: MainWindow, root: Path) -> None:
    qtbot.waitUntil(window.desk.first.isVisible)
    QApplication.setActiveWindow(window)
    window.desk.first.button.setFocus()
    with new_library(root) as writer:
        add(writer, 3)
        qtbot.waitUntil(lambda: len(window.grid.media) == 3)
    qtbot.waitUntil(window.grid.hasFocus)


def test_what_is_measured_ends_with_the_window(qtbot: QtBot, window: MainWindow) -> None:
    window.show_page("quality")
    assert window.desk.measuring.busy
    window.leave()
    assert not window.desk.measuring.busy
