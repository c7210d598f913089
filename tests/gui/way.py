"""The whole way through the window, from inside of its process: what ``test_whole_way.py`` runs on a screen of its own.

    python -m tests.gui.way LIBRARY PHOTOGRAPHS SCREENSHOT

The command ``aptl3 gui`` runs as it is. xdotool moves the pointer and presses the keys, so that each of them comes
through the X server as a user's does; where to point at is asked of the widgets. Exits with 0 when the whole way was
gone. Else it prints where it ended and leaves a picture of the screen.

In PHOTOGRAPHS lie ``coffee.png`` and others, and the file ``broken.jpg``, which is no picture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import QEventLoop, QPoint, QTimer
from PyQt5.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from aptl3 import cli
from aptl3.gui import application
from aptl3.gui.grid.tile import like_rect
from aptl3.gui.window import MainWindow

PATIENCE = 90.0  # seconds for one step: models may have to be converted, on a machine that is busy
BAD = "broken.jpg"


class Lost(Exception):
    """The way ended here."""


class Hands:
    """A pointer and a keyboard."""

    def point(self, widget: QWidget, at: QPoint | None = None) -> None:
        place = widget.mapToGlobal(widget.rect().center() if at is None else at)
        self._do("mousemove", "--sync", str(place.x()), str(place.y()))

    def take(self, window: QWidget) -> None:
        """Gives it the keyboard, as a window manager does, which is not there."""
        until("a window to work in", window.isVisible)
        self._do("windowfocus", "--sync", str(int(window.winId())))
        until("that it is the active one", window.isActiveWindow)

    def click(self, widget: QWidget, at: QPoint | None = None, twice: bool = False) -> None:
        until(f"{widget.accessibleName()} can be clicked", lambda: widget.isVisible() and widget.isEnabled())
        self.point(widget, at)
        self._do("click", *(("--repeat", "2", "--delay", "50") if twice else ()), "1")

    def press(self, *keys: str) -> None:
        """Each as in "ctrl+f"."""
        self._do("key", *keys)

    def write(self, words: str) -> None:
        self._do("type", "--delay", "5", words)

    @staticmethod
    def _do(*command: str) -> None:
        subprocess.run(["xdotool", *command], check=True, timeout=PATIENCE)


def until(what: str, holds: Callable[[], Any]) -> None:
    """Lets the window go on until something holds. Raises Lost when it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise Lost(f"it did not come to: {what}")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


class Way:
    """Each step is one thing that a user does, and what comes of it."""

    def __init__(self, window: MainWindow, photographs: Path) -> None:
        self.window, self.photographs = window, photographs
        self.hands = Hands()

    def go(self) -> None:
        self.first_start()
        self.add_a_folder()
        self.watch_it_being_read()
        self.search_by_words()
        self.more_like_this()
        self.look_at_details()
        self.retry_the_failure()
        self.leave()

    def first_start(self) -> None:
        until("the first page", self.window.desk.first.isVisible)
        self.hands.take(self.window)

    def add_a_folder(self) -> None:
        self.hands.click(self.window.desk.first.button)
        until("the dialog", lambda: self.window.desk.dialog)
        dialog = self.window.desk.dialog
        assert dialog is not None
        self.hands.take(dialog)
        name = dialog.findChild(QLineEdit)
        assert name is not None
        self.hands.click(name)
        self.hands.press("ctrl+a")
        name.setCompleter(None)  # what it offers comes in time or not, and takes the next Return for itself
        self.hands.write(str(self.photographs))
        self.hands.press("Return")
        until("the dialog is closed", lambda: sip.isdeleted(dialog) or not dialog.isVisible())
        self.hands.take(self.window)

    def watch_it_being_read(self) -> None:
        bar = self.window.desk.bar
        until("the job bar", bar.isVisible)
        until("photographs in the grid while the job runs, or after it", lambda: len(self.window.grid.media))
        count = len(os.listdir(self.photographs)) - 1
        until("all photographs in the grid", lambda: len(self.window.grid.media) == count)
        until("the failure in the job bar", lambda: bar.failures.isVisible() and bar.failures.text() == "1")
        until("the end of the job", lambda: "done" in bar.how.text())

    def search_by_words(self) -> None:
        self.hands.press("ctrl+f")
        until("the keyboard in the search field", self.field.hasFocus)
        self.hands.write("a cup of coffee")
        self.hands.press("Return")
        until("the answer", lambda: not self.window.browsing.everything)
        until("its first picture", lambda: self.named(0) == "coffee.png")

    def more_like_this(self) -> None:
        grid = self.window.grid
        before = grid.media
        coffee = int(before[0])
        tile = grid.tile_rect(coffee)
        self.hands.point(self.port, tile.center())
        self.hands.click(self.port, like_rect(tile).center())
        until("another answer", lambda: grid.media is not before)
        until("the photograph as a chip", lambda: [one.part.example for one in self.bar.chips] == [coffee])
        self.hands.press("alt+Left")
        until("the way back", lambda: self.field.text() == "a cup of coffee" and self.named(0) == "coffee.png")

    def look_at_details(self) -> None:
        grid, pane = self.window.grid, self.window.finding.pane
        self.hands.click(self.port, grid.tile_rect(int(grid.media[0])).center())
        until("its details", lambda: "coffee.png" in said(pane) and str(self.photographs) in said(pane))
        until("what it is near to", pane.near.isVisible)
        self.hands.press("space")
        until("the quick look", self.window.finding.look.isVisible)
        self.hands.press("space")
        until("the end of the quick look", lambda: not self.window.finding.look.isVisible())

    def retry_the_failure(self) -> None:
        page = self.window.desk.failures
        self.hands.press("ctrl+3")
        until("the failure in its table", lambda: [one.url.endswith(BAD) for one in page.model.rows] == [True])
        shutil.copy(self.photographs / "coffee.png", self.photographs / BAD)
        with (self.photographs / BAD).open("ab") as file:  # other bytes, so that it is another medium
            file.write(b"mended")
        self.hands.click(page.retry)
        until("no failures", page.nothing.isVisible)
        self.hands.press("alt+Home")
        count = len(os.listdir(self.photographs))
        until("the mended photograph", lambda: len(self.window.grid.media) == count)

    def leave(self) -> None:
        until("the end of all jobs", lambda: not self.window.service.situation.under_way)
        self.hands.press("ctrl+q")
        until("the window is closed", lambda: not self.window.isVisible())

    @property
    def bar(self) -> Any:
        return self.window.finding.asking.bar

    @property
    def field(self) -> QLineEdit:
        field: QLineEdit = self.bar.field
        return field

    @property
    def port(self) -> QWidget:
        port = self.window.grid.viewport()
        assert port is not None
        return port

    def named(self, position: int) -> str:
        """The name of the picture at a place of the grid."""
        media = self.window.grid.media
        face = self.window.thumbnails.get(int(media[position])) if len(media) > position else None
        return "" if face is None else face.name


def said(widget: QWidget) -> str:
    """All that can be read in it; places where lines may be broken are no part of it."""
    labels = [one.text() for one in widget.findChildren(QLabel) if one.isVisible()]
    return "\n".join(labels).replace("\u200b", "")


def walk(window: MainWindow, photographs: Path, picture: Path) -> None:
    """Ends the process when something goes wrong on the way."""
    try:
        Way(window, photographs).go()
    except BaseException:
        traceback.print_exc()
        screen = QApplication.primaryScreen()
        if screen is not None:
            screen.grabWindow(sip.voidptr(0)).save(str(picture))
        sys.stderr.flush()
        os._exit(1)


def main() -> None:
    library, photographs, picture = sys.argv[1:]

    class Walked(MainWindow):
        """Begins the way when it is there."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            QTimer.singleShot(0, lambda: walk(self, Path(photographs), Path(picture)))

    vars(application)["MainWindow"] = Walked
    cli.main(["gui", "-d", library])


if __name__ == "__main__":
    main()
