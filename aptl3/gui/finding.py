"""All that has to do with finding and looking, put into a window: the search field above the grid, the details beside
it, the quick look over it, the commands and the context menu of what is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QPoint, Qt
from PyQt5.QtGui import QKeySequence

from aptl3.gui.commands import Command
from aptl3.gui.controls import hint
from aptl3.gui.detail.pane import DetailPane
from aptl3.gui.detail.quicklook import QuickLook
from aptl3.gui.detail.subject import Subject
from aptl3.gui.menu import pop_up
from aptl3.gui.opening import Opening
from aptl3.gui.search.asking import Asking
from aptl3.gui.search.dropped import offers
from aptl3.gui.search.header import Header
from aptl3.gui.search.likeness import Likeness
from aptl3.gui.searching import Asker
from aptl3.gui.viewing import Viewer

if TYPE_CHECKING:
    from aptl3.gui.window import MainWindow

_GRID_KEYS = {"open": "Return", "look": "Space"}  # the grid itself heeds them, as a button elsewhere does


class Finding(QObject):
    """What ``window`` finds in the library in ``root``."""

    def __init__(self, window: MainWindow, root: Path) -> None:
        super().__init__(window)
        self._window = window
        self.asker, self.viewer = Asker(root), Viewer()
        window.workers += [self.asker, self.viewer]
        reader, grid, thumbnails = window.reader, window.grid, window.thumbnails
        self.asking = Asking(reader, self.asker, grid, window.browsing, Likeness(thumbnails, self.viewer))
        self.subject = Subject(reader, self.asker)
        self.pane = DetailPane(self.subject, thumbnails, self.viewer)
        self.look = QuickLook(window, grid, thumbnails, self.subject, self.viewer)
        self.opening = Opening(reader, self.viewer, grid)
        self._add_commands()
        self.header = Header(self.asking, window.commands)
        window.library.ask_here(self.header)
        window.library.set_aside(self.pane)
        self._show_details(window.preferences.details)
        self._wire()

    def _add_commands(self) -> None:
        commands, tr = self._window.commands, self.tr
        shown = self._window.preferences.details
        commands.add(self.opening.commands())
        commands.add(self.asking.commands())
        commands.add(
            [
                Command("look", "view", tr("&Quick look"), self._look_at_current, icon="eye"),
                Command("details", "view", tr("D&etails"), self._toggle_details, ("Ctrl+I",), "detail", True, shown),
            ]
        )
        for name, key in _GRID_KEYS.items():
            action = commands[name]
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setToolTip(hint(action.text().replace("&", ""), key))

    def _wire(self) -> None:
        window, grid = self._window, self._window.grid
        grid.selection_changed.connect(self._follow)
        grid.looked.connect(lambda _: self._look_at_current())
        grid.menu_wanted.connect(self._pop_up)
        self.pane.looked.connect(self._begin_look)
        self.pane.went.connect(self._go_to)
        self.pane.shown_in_folder.connect(lambda path: self.opening.show_paths([path]))
        for wanted in (self.asking.begun, self.asking.asked):
            wanted.connect(self._show_library)
        for part in (self.asking, self.opening):
            part.said.connect(window.banner.say)
        self.asking.shown.connect(window.banner.hide)
        for worker in (self.asker, self.viewer):
            worker.failed.connect(window.banner.say)
        window.reader.changed.connect(self.subject.look_again)
        window.desk.dropping.spare(self.asking.bar, offers)
        self._follow()

    def _follow(self) -> None:
        """What the keyboard is at in the grid is what is looked at."""
        grid = self._window.grid
        self.subject.look_at(grid.current)
        some = grid.current is not None
        for name in ("look", "open", "show", "path", "more", "also", "less"):
            self._window.commands[name].setEnabled(some)

    def _go_to(self, media: int) -> None:
        """To a media item, in the grid when it is there."""
        if not self._window.grid.go_to(media):
            self.subject.look_at(media)

    def _look_at_current(self) -> None:
        media = self._window.grid.current
        if media is not None:
            self._begin_look(media)

    def _begin_look(self, media: int) -> None:
        self.subject.look_at(media)
        self.look.begin()

    def _pop_up(self, at: QPoint) -> None:
        pop_up(self._window.commands, self._window.grid, at)

    def _toggle_details(self) -> None:
        shown = self._window.commands["details"].isChecked()
        self._window.preferences.details = shown
        self._show_details(shown)

    def _show_details(self, shown: bool) -> None:
        self.pane.setVisible(shown)
        self.subject.surroundings = shown

    def _show_library(self) -> None:
        if self._window.pages.currentWidget() is not self._window.library:
            self._window.show_page("library")
