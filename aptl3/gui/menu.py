"""The context menu of what is chosen: commands that stand in the menu bar too, each with its shortcut."""

from __future__ import annotations

from PyQt5.QtCore import QPoint
from PyQt5.QtWidgets import QMenu, QWidget

from aptl3.gui.commands import Commands

NAMES = ("look", "open", "show", "", "more", "also", "less", "", "copy", "path", "", "details")


def context_menu(commands: Commands, parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    for name in NAMES:
        if name:
            menu.addAction(commands[name])
        else:
            menu.addSeparator()
    return menu


def pop_up(commands: Commands, parent: QWidget, at: QPoint) -> None:
    """At a point of the screen."""
    menu = context_menu(commands, parent)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
