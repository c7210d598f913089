"""The media item that is looked at: what the reader and the asker tell of it, for all who show it."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from aptl3.gui.reading import Reader
from aptl3.gui.searching import Asker
from aptl3.records.browsing import Details

REST = 250  # ms that one stays at an item before what it is near to is looked for


class Subject(QObject):
    """Signals:

    - ``turned()``: another one is looked at, or none (``media``)
    - ``known(Details | None)``: all about it; None: it is gone
    - ``near(list[int])``: what it is near to
    """

    turned = pyqtSignal()
    known = pyqtSignal(object)
    near = pyqtSignal(list)

    def __init__(self, reader: Reader, asker: Asker) -> None:
        super().__init__()
        self.media: int | None = None
        self.details: Details | None = None
        self.surroundings = True  # somebody wants to know what it is near to
        self._reader, self._asker = reader, asker
        self._generation = 0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._look_around)
        reader.detailed.connect(self._detailed)
        asker.near.connect(self._near)

    def look_at(self, media: int | None) -> None:
        """From now on this one."""
        if media == self.media:
            return
        self.media, self.details = media, None
        self._generation += 1
        self._rest.stop()
        self.turned.emit()
        if media is not None:
            self._reader.detail(self._generation, media)
            if self.surroundings:
                self._rest.start()

    def look_again(self) -> None:
        """Something about it has changed."""
        if self.media is not None:
            self._generation += 1
            self._reader.detail(self._generation, self.media)

    def _look_around(self) -> None:
        if self.media is not None:
            self._asker.look_around(self.media)

    def _detailed(self, generation: int, details: Details | None) -> None:
        if generation == self._generation and (details is None or details != self.details):
            self.details = details
            self.known.emit(details)

    def _near(self, media: int, found: list[int]) -> None:
        if media == self.media:
            self.near.emit(found)
