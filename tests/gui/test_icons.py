from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from PyQt5.QtCore import QSize
from PyQt5.QtGui import QColor, QIcon, QImage
from PyQt5.QtWidgets import QApplication

import aptl3.gui
from aptl3.cli import COMMANDS
from aptl3.gui import icons, theme
from aptl3.gui.theme import Choice, Theme

GUI = Path(aptl3.gui.__file__).parent
SIZE = QSize(48, 48)
NAMES = sorted(path.stem for path in icons.FOLDER.glob("*.svg"))


def colors(image: QImage) -> set[str]:
    """Those that are there without transparency."""
    points = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {point.name() for point in points if point.alpha() == 255}


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_is_drawn_in_the_colours_of_the_theme(qapp: QApplication, theme: Theme, name: str) -> None:
    made = icons.icon(name)
    assert colors(made.pixmap(SIZE).toImage()) == {theme_now().text}
    theme.choose(Choice.DARK)
    assert colors(made.pixmap(SIZE).toImage()) == {theme_now().text}
    assert colors(made.pixmap(SIZE, QIcon.Mode.Disabled).toImage()) == {theme_now().border}
    assert colors(made.pixmap(SIZE, QIcon.Mode.Normal, QIcon.State.On).toImage()) == {theme_now().accent}


def theme_now() -> theme.Colors:
    return theme.current()


def test_icons_are_sharp_on_dense_screens(qapp: QApplication) -> None:
    pixmap = icons.picture("search", "#ff0000", 20, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (40, 2.0)
    assert QColor("#ff0000").name() in colors(pixmap.toImage())


def test_every_icon_that_is_named_is_there() -> None:
    named = set()
    for path in GUI.rglob("*.py"):
        named |= set(re.findall(r'\b(?:icon|tool_button|Notice|picture)\(\s*"([\w-]+)"', path.read_text("utf-8")))
    assert named and named <= set(NAMES)


def test_the_application_has_an_icon(qapp: QApplication) -> None:
    assert len(colors(icons.application_icon().pixmap(QSize(64, 64)).toImage())) > 3


def test_the_desktop_entry() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(GUI / "aptl3.desktop", "utf-8")
    values = entry["Desktop Entry"]
    program, command = values["Exec"].split()
    assert (program, values["Type"], values["Terminal"]) == ("aptl3", "Application", "false")
    assert command in COMMANDS
    assert (GUI / f"{values['Icon']}.svg").exists()
    assert all(values[key].endswith(";") for key in ("Categories", "Keywords"))
