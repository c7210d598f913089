"""Everything one can tell the window to do, in one table: menus, shortcuts and buttons come from it.

A command's ``text`` has its mnemonic (&) and stands in the menu; a button for it is made by ``controls.action_button``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QActionGroup, QMainWindow, QMenu

from aptl3.gui.controls import hint
from aptl3.gui.icons import icon

MENUS = ("file", "edit", "view", "search", "go", "help")  # in this order; one without commands is left out


@dataclass(frozen=True)
class Command:
    """``name`` is unique; ``group``: those of one group exclude each other, and are ``checkable``."""

    name: str
    menu: str
    text: str
    do: Callable[[], None]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    checked: bool = False
    group: str = ""
    separated: bool = False  # a line above it


class Commands:
    """The actions of a window, by name."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._actions: dict[str, QAction] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterable[str]:
        return iter(self._actions)

    def add(self, commands: Iterable[Command]) -> None:
        """Puts commands into the menus, in this order, behind those that are there."""
        for command in commands:
            action = self._actions[command.name] = self._action(command)
            menu = self._menu(command.menu)
            if command.separated:
                menu.addSeparator()
            menu.addAction(action)
            self._window.addAction(action)  # its shortcut works while the menu bar is hidden, too

    def _action(self, command: Command) -> QAction:
        action = QAction(command.text, self._window)
        action.setObjectName(command.name)
        action.setShortcuts([QKeySequence(one) for one in command.shortcuts])
        action.setToolTip(hint(command.text.replace("&", ""), command.shortcuts[0] if command.shortcuts else ""))
        if command.icon:
            action.setIcon(icon(command.icon))
        action.setCheckable(command.checkable)
        action.setChecked(command.checked)
        if command.group:
            self._groups.setdefault(command.group, QActionGroup(self._window)).addAction(action)
        action.triggered.connect(lambda _checked: command.do())
        return action

    def _menu(self, name: str) -> QMenu:
        """The menu of that name; they stand in the order of ``MENUS``."""
        if name not in self._menus:
            titles = {
                "file": self._window.tr("&File"),
                "edit": self._window.tr("&Edit"),
                "view": self._window.tr("&View"),
                "search": self._window.tr("&Search"),
                "go": self._window.tr("&Go"),
                "help": self._window.tr("&Help"),
            }
            menu = self._menus[name] = QMenu(titles[name], self._window)
            bar = self._window.menuBar()
            assert bar is not None
            later = [self._menus[one] for one in MENUS[MENUS.index(name) + 1 :] if one in self._menus]
            bar.insertMenu(later[0].menuAction() if later else None, menu)
        return self._menus[name]
