"""The main window: puts the parts together, and nothing else.

```
┌ menus ────────────────────────────────────────────┐
│ rail │ header: what is asked for                   │
│      │ banner: what went wrong, when something did │
│ one  ├───────────────────────────┬─────────────────┤
│ icon │ grid                      │ aside: details  │
│ a    │                           │                 │
│ page ├───────────────────────────┴─────────────────┤
│      │ foot: jobs …            how many, tile size │
└──────┴─────────────────────────────────────────────┘
```
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QGuiApplication
from PyQt5.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from aptl3.gui.banner import Banner
from aptl3.gui.browsing import Browsing
from aptl3.gui.carrying import Carrying
from aptl3.gui.commands import Command, Commands
from aptl3.gui.finding import Finding
from aptl3.gui.foot import Foot
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.icons import application_icon
from aptl3.gui.jobs.desk import Desk
from aptl3.gui.library import LibraryPage
from aptl3.gui.preferences import TILES, Preferences
from aptl3.gui.rail import Rail
from aptl3.gui.reading import Reader
from aptl3.gui.service import Service
from aptl3.gui.theme import Choice, Theme
from aptl3.gui.worker import Worker
from aptl3.records.store import Counts

_LARGER = ("Ctrl++", "Ctrl+=")  # the second is where + is on most keyboards


class MainWindow(QMainWindow):
    """The window over the library in ``root``. ``start`` it once it is shown; closing it stops its threads.

    Signals: ``closed()``: nobody objected.
    """

    closed = pyqtSignal()

    def __init__(self, root: Path, preferences: Preferences, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("aptl3"))
        self.setWindowIcon(application_icon())
        self.preferences, self.theme = preferences, theme
        self.reader = Reader(root)
        self.service = Service(root)
        self.thumbnails = Thumbnails(self.reader)
        self.grid = GridView(self.thumbnails)
        self.browsing = Browsing(self.reader, self.grid)
        self.carrying = Carrying(self.reader, self.grid)
        self.commands = Commands(self)
        self.rail, self.foot, self.banner = Rail(), Foot(), Banner()
        self.pages = QStackedWidget()
        self.workers: list[Worker[Any]] = [self.reader]  # started with the window, stopped with it
        self.before_close: list[Callable[[], bool]] = []  # each is asked, and may say no
        self.stopped = True  # False: a thread hangs in what it does
        self.library = LibraryPage(self.grid)
        self._put_together()
        self._add_commands(root)
        self._wire()
        self._recall()

    def start(self) -> None:
        """Begins to work."""
        for worker in self.workers:
            worker.start()

    def add_page(self, name: str, icon: str, text: str, shortcut: str, page: QWidget) -> None:
        """Another page, with a button on the rail and a command in the menu "Go"."""
        self.pages.addWidget(page)
        command = Command(
            f"page-{name}",
            "go",
            text,
            lambda: self.pages.setCurrentWidget(page),
            (shortcut,),
            icon,
            checkable=True,
            checked=self.pages.count() == 1,
            group="pages",
        )
        self.commands.add([command])
        self.rail.add(self.commands[command.name])

    def show_page(self, name: str) -> None:
        """As if its button were pressed."""
        self.commands[f"page-{name}"].trigger()

    def _put_together(self) -> None:
        whole, right = QWidget(), QVBoxLayout()
        row = QHBoxLayout(whole)
        for layout in (row, right):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        right.addWidget(self.banner)
        right.addWidget(self.pages, 1)
        right.addWidget(self.foot)
        self.setCentralWidget(whole)

    def _add_commands(self, root: Path) -> None:
        self.add_page("library", "library", self.tr("&Library"), "Ctrl+1", self.library)
        self.desk = Desk(self, self.service)
        self.finding = Finding(self, root)
        themes = {
            Choice.SYSTEM: self.tr("Colours of the &system"),
            Choice.LIGHT: self.tr("&Light"),
            Choice.DARK: self.tr("&Dark"),
        }
        grid, step = self.grid, TILES.step
        self.commands.add(
            [
                Command("quit", "file", self.tr("&Quit"), self._quit, ("Ctrl+Q",), separated=True),
                Command("copy", "edit", self.tr("&Copy files"), self.carrying.copy, ("Ctrl+C",), "copy"),
                Command("all", "edit", self.tr("Choose &all"), grid.select_all, ("Ctrl+A",)),
                Command("larger", "view", self.tr("L&arger"), lambda: grid.set_tile(grid.tile + step), _LARGER),
                Command("smaller", "view", self.tr("S&maller"), lambda: grid.set_tile(grid.tile - step), ("Ctrl+-",)),
                Command("whole", "view", self.tr("&Whole pictures"), self._toggle_whole, ("Ctrl+E",), checkable=True),
                *(
                    Command(
                        f"theme-{choice.value}",
                        "view",
                        text,
                        partial(self._choose_theme, choice),
                        checkable=True,
                        checked=choice is self.theme.choice,
                        group="theme",
                        separated=choice is Choice.SYSTEM,
                    )
                    for choice, text in themes.items()
                ),
                Command("full", "view", self.tr("&Full screen"), self._toggle_full, ("F11",), separated=True),
            ]
        )

    def _wire(self) -> None:
        reader = self.reader
        reader.changed.connect(self._changed)
        reader.missing.connect(self.library.show_first)
        reader.refused.connect(self.library.show_refused)
        reader.older.connect(self.library.show_older)
        reader.failed.connect(self.banner.say)
        self.carrying.said.connect(self.banner.say)
        self.desk.failures.show_wanted.connect(lambda path: self.finding.opening.show_paths([path]))
        self.foot.zoomed.connect(self.grid.set_tile)
        self.grid.zoomed.connect(self.foot.slider.setValue)
        self.browsing.shown.connect(self._count)
        self.grid.selection_changed.connect(self._count)
        self.library.turned.connect(self._count)
        self.pages.currentChanged.connect(self._count)

    def _recall(self) -> None:
        """As it was left last time; at first in the middle of the screen."""
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            room = screen.availableGeometry()
            self.resize(QSize(1180, 740).boundedTo(room.size() * 0.92))
            self.move(room.center() - self.rect().center())
        self.restoreGeometry(self.preferences.state("window"))
        self.library.split.restoreState(self.preferences.state("split"))
        self.grid.set_tile(self.preferences.tile)
        self.foot.slider.setValue(self.grid.tile)
        self.commands["whole"].setChecked(self.preferences.whole)
        self.grid.set_whole(self.preferences.whole)
        self.grid.setFocus()
        self._count()

    def _changed(self, counts: Counts) -> None:
        if counts.media:
            if not self.library.browsing:  # the keyboard was at what one does first
                self.library.show_grid()
                if self.library.isVisible():
                    self.grid.setFocus()
        else:
            self.library.show_first()

    def _count(self) -> None:
        self.foot.show_size(self.library.browsing and self.library.isVisibleTo(self))
        self.foot.say_count(len(self.grid.media), self.grid.selected_count)

    def _quit(self) -> None:
        self.close()

    def _choose_theme(self, choice: Choice) -> None:
        self.preferences.theme = choice
        self.theme.choose(choice)

    def _toggle_whole(self) -> None:
        self.preferences.whole = self.commands["whole"].isChecked()
        self.grid.set_whole(self.preferences.whole)

    def _toggle_full(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Closes the window without asking anybody."""
        self.before_close.clear()
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        if event is not None and not all(ask() for ask in self.before_close):
            event.ignore()
            return
        self.closed.emit()
        self.preferences.keep_state("window", self.saveGeometry())
        self.preferences.keep_state("split", self.library.split.saveState())
        self.preferences.tile = self.grid.tile
        self.preferences.save()
        ended = [worker.stop() for worker in self.workers]  # each of them, also when one hangs
        self.stopped = all(ended)
        super().closeEvent(event)
