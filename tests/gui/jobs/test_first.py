from __future__ import annotations

from PyQt5.QtWidgets import QAction, QApplication, QLabel
from pytestqt.qtbot import QtBot

from aptl3.gui.jobs.first import FirstStart
from aptl3.gui.theme import Choice, Theme
from tests.gui.hands import painted


def test_one_button_asks_for_a_folder(qapp: QApplication, qtbot: QtBot) -> None:
    add = QAction("Add a &folder…")
    add.setShortcut("Ctrl+N")
    page = FirstStart(add)
    qtbot.addWidget(page)
    page.show()
    assert page.button.toolTip() == "Add a folder (Ctrl+N)"
    with qtbot.waitSignal(add.triggered):
        page.button.click()
    page.show_starting(True)
    assert "Your folders are being read: the first photographs appear in a moment…" in said(page)
    assert page.button.isEnabled()  # there may be more folders
    page.show_starting(False)
    assert "or drop folders here" in said(page)


def said(page: FirstStart) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel)]


def test_it_follows_the_theme(qapp: QApplication, qtbot: QtBot, theme: Theme) -> None:
    page = FirstStart(QAction("Add"))
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    light = painted(page)
    theme.choose(Choice.DARK)
    dark = painted(page)
    middle = light.rect().center()
    assert light.pixelColor(middle.x(), 90).lightness() > 200 > 100 > dark.pixelColor(middle.x(), 90).lightness()
