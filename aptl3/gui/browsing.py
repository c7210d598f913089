"""What the grid shows: the whole library in order, kept up to date while it grows, or the answer to a question.

Guarantees: an outdated answer is dropped; a library of a million media that changes all the time is read again at most
every ``PAUSE`` times as long as reading it takes, and the place in the grid stays where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from aptl3.gui.grid.selection import Ids
from aptl3.gui.grid.view import GridView
from aptl3.gui.reading import Reader
from aptl3.records.browsing import Filters, Sort

PAUSE = 5.0  # times the seconds that the last reading took, from its beginning to the next
LEAST = 1.0  # seconds from one reading to the next


class Browsing(QObject):
    """Puts media into the grid.

    Signals: ``shown()``: the grid shows another list, or more or fewer of the same.
    """

    shown = pyqtSignal()

    def __init__(self, reader: Reader, grid: GridView, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.filters, self.sort = Filters(), Sort.NEWEST
        self.everything = True  # the grid shows the library, and not an answer
        self._reader, self._grid, self._clock = reader, grid, clock
        self._generation = 0
        self._asked = self._took = 0.0  # when the library was read last, and how long that took
        self._reading = False
        self._stale = False  # somebody has changed it since
        self._fresh = True  # the list that is awaited is another one, not the same again
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._read)
        reader.changed.connect(self._changed)
        reader.ordered.connect(self._ordered)
        reader.unordered.connect(self._unordered)

    def show_all(self, filters: Filters | None = None, sort: Sort | None = None) -> None:
        """The library, as filtered and sorted from now on."""
        self.filters = self.filters if filters is None else filters
        self.sort = self.sort if sort is None else sort
        self.everything = self._fresh = True
        self._read()

    def show(self, media: Ids, likely: int | None, empty: tuple[str, str] = ("", ""), *, keep: bool = False) -> None:
        """An answer: these, the first ``likely`` of them above the line (None draws none); ``empty``: a headline and a
        sentence for when there are none. ``keep``: it is the same answer, with more of it."""
        self.everything = self._reading = False
        self._generation += 1  # what is being read of the library comes too late
        self._again.stop()
        self._grid.set_empty(*empty)
        self._grid.set_media(media, likely, keep=keep)
        self.shown.emit()

    def _changed(self) -> None:
        self._stale = True
        self._read_in_time()

    def _read_in_time(self) -> None:
        if self.everything and not self._reading and not self._again.isActive():
            wait = max(LEAST, PAUSE * self._took) - (self._clock() - self._asked)
            self._again.start(max(0, round(1000 * wait)))

    def _read(self) -> None:
        self._again.stop()
        self._reading, self._stale = True, False
        self._generation += 1
        self._asked = self._clock()
        self._reader.order(self._generation, self.filters, self.sort)

    def _ordered(self, generation: int, media: Ids, complete: bool) -> None:
        if generation != self._generation:
            return
        self._grid.set_empty(self.tr("Nothing to show"), self.tr("Nothing in the library passes the filters."))
        if complete or self._fresh:  # else it is the first page of what is shown already
            self._grid.set_media(media, keep=not self._fresh or complete)
            self.shown.emit()
        if complete:
            self._took = self._clock() - self._asked
            self._reading = self._fresh = False
            if self._stale:
                self._read_in_time()

    def _unordered(self, generation: int) -> None:
        """The next change, or the library's coming back, makes it be read again."""
        if generation == self._generation:
            self._reading = False
