"""Files in other programs: opened, shown in their folder, their paths copied. Each platform has its own ways.

Where media lie is read by the reader; whether a file is there is looked at by the viewer's thread, as its drive may be
slow. On Linux a file manager is asked over D-Bus to show a file (https://www.freedesktop.org/wiki/Specifications/
file-manager-interface/); where there is none that understands it, the folder is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

from PyQt5.QtCore import QObject, QProcess, QUrl, pyqtSignal
from PyQt5.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusPendingReply
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QApplication

from aptl3.gui.commands import Command
from aptl3.gui.grid.view import GridView
from aptl3.gui.reading import Reader
from aptl3.gui.viewing import Viewer
from aptl3.storage import browse

MOST = 10  # files that are opened at once
_SHOWN = 100  # that are shown at once
_COPIED = 10_000  # paths that are copied at once
_MANAGER = ("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1")

Paths = list[str]


class Opening(QObject):
    """Signals: ``said(str)``: why nothing could be done."""

    said = pyqtSignal(str)

    def __init__(self, reader: Reader, viewer: Viewer, grid: GridView) -> None:
        super().__init__()
        self._reader, self._viewer, self._grid = reader, viewer, grid
        self._watcher: QDBusPendingCallWatcher | None = None
        grid.activated.connect(lambda media: self.open([media]))

    def commands(self) -> list[Command]:
        grid, tr = self._grid, self.tr
        return [
            Command("open", "file", tr("&Open"), lambda: self.open(grid.selected(MOST + 1)), icon="open"),
            Command("show", "file", tr("&Show in folder"), self._show_chosen, ("Ctrl+Shift+E",), "folder"),
            Command("path", "edit", tr("Copy &path"), self._copy_chosen, ("Ctrl+Shift+C",)),
        ]

    def open(self, media: Sequence[int]) -> None:
        """In the program that the user has for such files."""
        if len(media) > MOST:
            self.said.emit(self.tr("Choose at most {0} files to open them.").format(MOST))
        else:
            self._with_files("open", media, self._open)

    def show(self, media: Sequence[int]) -> None:
        """Where they lie, in the file manager."""
        self._with_files("show", media, self.show_paths)

    def copy_paths(self, media: Sequence[int]) -> None:
        """As text, one a line."""
        self._with_paths("copy", media, copy)

    def show_paths(self, paths: Paths) -> None:
        """Files that are there, in the file manager."""
        if sys.platform == "win32":
            QProcess.startDetached("explorer.exe", ["/select,", os.path.normpath(paths[0])])
        elif sys.platform == "darwin":
            QProcess.startDetached("open", ["-R", *paths])
        elif os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            self._ask_manager(paths)
        else:
            self._open_folder(paths)

    def _show_chosen(self) -> None:
        self.show(self._grid.selected(_SHOWN))

    def _copy_chosen(self) -> None:
        self.copy_paths(self._grid.selected(_COPIED))

    def _with_paths(self, what: str, media: Sequence[int], then: Callable[[Paths], None]) -> None:
        def answer(paths: Paths) -> None:
            if paths:
                then(paths)
            else:
                self.said.emit(self.tr("These lie in no file."))

        if media:
            self._reader.do(("paths", what), lambda store: browse.paths(store, media), answer)

    def _with_files(self, what: str, media: Sequence[int], then: Callable[[Paths], None]) -> None:
        """Those of the files that are there now."""

        def answer(paths: Paths, there: Paths) -> None:
            if there:
                then(there)
            else:
                self.said.emit(self.tr("{0} is not there. Is its drive connected?").format(paths[0]))

        def look(paths: Paths) -> None:
            self._viewer.do(what, lambda _: [one for one in paths if os.path.lexists(one)], partial(answer, paths))

        self._with_paths(what, media, look)

    def _open(self, paths: Paths) -> None:
        for path in paths:
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
                self.said.emit(self.tr("No program is known that opens {0}.").format(os.path.basename(path)))
                return

    def _ask_manager(self, paths: Paths) -> None:
        service, path, interface = _MANAGER
        question = QDBusMessage.createMethodCall(service, path, interface, "ShowItems")
        question.setArguments([[bytes(QUrl.fromLocalFile(one).toEncoded()).decode() for one in paths], ""])
        watcher = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(question), self)

        def finished(_: QDBusPendingCallWatcher) -> None:
            if QDBusPendingReply(watcher).isError():
                self._open_folder(paths)

        self._watcher = watcher
        watcher.finished.connect(finished)

    def _open_folder(self, paths: Paths) -> None:
        folder = os.path.dirname(paths[0])
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self.said.emit(self.tr("No program is known that shows {0}.").format(folder))


def copy(paths: Paths) -> None:
    """Onto the clipboard, as text."""
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.setText(os.linesep.join(paths))
