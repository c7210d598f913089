"""Files out of the window: copied to the clipboard, drawn to other programs.

Where media lie is read outside the interface's thread; a drag begins when it is known, if the button is still held.
"""

from __future__ import annotations

import os

from PyQt5.QtCore import QByteArray, QMimeData, QObject, Qt, QUrl, pyqtSignal
from PyQt5.QtGui import QDrag, QPixmap
from PyQt5.QtWidgets import QApplication

from aptl3.gui.grid.view import GridView
from aptl3.gui.reading import Reader

MOST = 2000  # files at once: other programs get them as one text


class Carrying(QObject):
    """Signals: ``said(str)``: why nothing was copied, or how much was."""

    said = pyqtSignal(str)

    def __init__(self, reader: Reader, grid: GridView) -> None:
        super().__init__()
        self._reader, self._grid = reader, grid
        self._generation = 0
        self._dragging = False
        reader.placed.connect(self._placed)
        grid.drag_wanted.connect(self.drag)

    def copy(self) -> None:
        """Puts the chosen files on the clipboard, to be pasted in a file manager or, as paths, in a text."""
        if self._grid.selected_count > MOST:
            self.said.emit(self.tr("Choose at most {0} files to copy them.").format(MOST))
        elif self._grid.selected_count:
            self._ask(self._grid.selected(), dragging=False)

    def drag(self, media: list[int]) -> None:
        """Draws files out of the window."""
        self._ask(media[:MOST], dragging=True)

    def _ask(self, media: list[int], *, dragging: bool) -> None:
        self._generation += 1
        self._dragging = dragging
        self._reader.places(self._generation, media)

    def _placed(self, generation: int, paths: list[str]) -> None:
        if generation != self._generation:
            return
        if not paths:
            self.said.emit(self.tr("These lie in no file that is there."))
        elif not self._dragging:
            clipboard = QApplication.clipboard()
            assert clipboard is not None
            clipboard.setMimeData(mime_data(paths))
        elif QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            drag = QDrag(self._grid)
            drag.setMimeData(mime_data(paths))
            drag.setPixmap(self._picture())
            drag.exec(Qt.DropAction.CopyAction)

    def _picture(self) -> QPixmap:
        """What hangs at the pointer: the tile where the keyboard is."""
        current = self._grid.current
        rect = self._grid.tile_rect(-1 if current is None else current)
        port = self._grid.viewport()
        assert port is not None
        return port.grab(rect).scaledToWidth(min(rect.width(), 96), Qt.TransformationMode.SmoothTransformation)


def mime_data(paths: list[str]) -> QMimeData:
    """Files as other programs understand them."""
    data = QMimeData()
    urls = [QUrl.fromLocalFile(path) for path in paths]
    data.setUrls(urls)
    data.setText(os.linesep.join(paths))
    lines = b"\n".join([b"copy", *(bytes(url.toEncoded()) for url in urls)])
    data.setData("x-special/gnome-copied-files", QByteArray(lines))
    return data
