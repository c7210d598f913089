from __future__ import annotations

import pytest
from PyQt5.QtCore import QPoint
from PyQt5.QtGui import QColor, QImage
from PyQt5.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from aptl3.gui.search.chip import Chip
from aptl3.gui.search.question import Part
from tests.gui.hands import CONTROL, painted, press_keys, wheel


def chip(qtbot: QtBot, part: Part) -> Chip:
    made = Chip(part)
    qtbot.addWidget(made)
    made.show()
    made.setFocus()
    return made


@pytest.fixture
def red(qtbot: QtBot) -> Chip:
    return chip(qtbot, Part(words="red"))


def test_more_less_and_the_other_way_round(qtbot: QtBot, red: Chip) -> None:
    told: list[Part] = []
    red.changed.connect(told.append)
    press_keys(red, "Up", "Up", "Up", "-", "Down")
    assert told == [
        Part(words="red", weight=2.0),
        Part(words="red", weight=4.0),
        Part(words="red", weight=4.0, unlike=True),
        Part(words="red", weight=2.0, unlike=True),
    ]
    assert red.accessibleName() == "Less like red, ×2"
    assert red.toolTip() == "Less like red, ×2 (Return)"


def test_the_wheel_weighs_too(red: Chip) -> None:
    wheel(red, 120)
    assert red.part.weight == 1
    wheel(red, 120, CONTROL)
    assert red.part.weight == 2
    wheel(red, -120, CONTROL)
    wheel(red, -120, CONTROL)
    assert red.part.weight == 0.5


@pytest.mark.parametrize("key", ["Del", "Backspace"])
def test_it_is_taken_out(qtbot: QtBot, red: Chip, key: str) -> None:
    with qtbot.waitSignal(red.removed):
        press_keys(red, key)


def test_its_button_takes_it_out(qtbot: QtBot, red: Chip) -> None:
    [button] = red.findChildren(QToolButton)
    with qtbot.waitSignal(red.removed):
        button.click()


def test_its_menu(qtbot: QtBot, red: Chip) -> None:
    actions = {action.text().split("\t")[0].replace("&", ""): action for action in red.menu().actions()}
    assert actions["Normal"].isChecked()
    actions["Twice as much"].trigger()
    assert red.part == Part(words="red", weight=2.0)
    actions["Less like this"].trigger()
    assert red.part.unlike
    with qtbot.waitSignal(red.edited):
        actions["Edit"].trigger()
    with qtbot.waitSignal(red.removed):
        actions["Take out"].trigger()
    assert "Edit" not in [action.text().split("\t")[0] for action in chip(qtbot, Part(example=1)).menu().actions()]


def test_the_menu_opens_by_key_and_closes(qtbot: QtBot, red: Chip) -> None:
    press_keys(red, "Return")
    menu = red.findChildren(type(red.menu()))[0]
    qtbot.waitUntil(menu.isVisible)
    menu.close()


def test_a_picture_is_shown_when_it_comes(qtbot: QtBot) -> None:
    made = chip(qtbot, Part(example="/a.jpg"))
    image = QImage(90, 60, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    made.show_image(image)
    seen = painted(made)
    assert seen.pixelColor(QPoint(12, 15)).name() == "#123456"
