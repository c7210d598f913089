from __future__ import annotations

import re
from pathlib import Path

import pytest
from PyQt5.QtCore import QEvent
from PyQt5.QtDBus import QDBusVariant
from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aptl3.gui import theme
from aptl3.gui.theme import DARK, LIGHT, Choice, Colors, Theme

BEHIND = ("page", "panel", "raised", "hover", "chosen")


def luminance(name: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    red, green, blue, _ = QColor(name).getRgbF()
    parts = [0.0 if part is None else part for part in (red, green, blue)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_signs_of_the_style_sheet_are_there_in_colours_of_the_theme(colors: Colors) -> None:
    signs = {Path(path) for path in re.findall(r'url\("(.*?)"\)', theme.sheet(colors))}
    assert {sign.stem for sign in signs} == {"up", "down", "done"}
    for sign in signs:
        color = colors.on_accent if sign.stem == "done" else colors.quiet
        assert f'stroke="{color}"' in sign.read_text("ascii")


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_can_be_read(colors: Colors) -> None:
    for behind in BEHIND:
        ground = getattr(colors, behind)
        assert contrast(colors.text, ground) >= 7, behind
        assert contrast(colors.quiet, ground) >= 4.5, behind
    for behind in ("page", "panel", "raised"):
        ground = getattr(colors, behind)
        for sign in ("accent", "good", "warn", "bad"):
            assert contrast(getattr(colors, sign), ground) >= 4.5, (sign, behind)
        assert contrast(colors.border, ground) >= 3, behind
    assert contrast(colors.on_accent, colors.accent) >= 4.5


def test_a_choice_is_put_in_force_and_told(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    widget = Told()
    qtbot.addWidget(widget)
    with qtbot.waitSignal(theme.changed):
        theme.choose(Choice.DARK)
    assert current() == DARK and widget.told
    assert qapp.palette().color(QPalette.ColorRole.WindowText) == QColor(DARK.text)
    assert DARK.panel in qapp.styleSheet() and "$" not in qapp.styleSheet()
    theme.choose(Choice.LIGHT)
    assert current() == LIGHT


class Told(QWidget):
    told = False

    def changeEvent(self, event: QEvent | None) -> None:
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self.told = True
        super().changeEvent(event)


def current() -> Colors:
    return theme.current()


def test_it_follows_the_system_when_it_is_to(theme: Theme) -> None:
    theme.system._set(False)
    theme.choose(Choice.SYSTEM)
    assert current() == LIGHT
    theme.system._set(True)
    assert current() == DARK
    theme.choose(Choice.LIGHT)
    theme.system._set(False)
    theme.system._set(True)
    assert current() == LIGHT
    theme.choose(Choice.SYSTEM)
    assert current() == DARK


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (2, False), (0, False), (QDBusVariant(1), True), (QDBusVariant(QDBusVariant(1)), True), ("x", False)],
)
def test_what_the_portal_of_the_desktop_says(theme: Theme, value: object, expected: bool) -> None:
    theme.system._set(False)
    theme.system._heed(value)
    assert theme.system.dark is expected
