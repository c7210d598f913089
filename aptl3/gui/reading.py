"""The reader: everything that the window reads of the library, in a thread of its own.

Guarantees: one ``Store``, opened and used in that thread only; a library that is not there yet, or was removed, is
waited for and opened when it comes; what anybody commits is noticed within ``LOOK`` ms. What is visible is read first,
between two parts of whatever else is being read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from PyQt5.QtCore import QTimer, pyqtSignal

from aptl3.errors import Aptl3Error, LibraryMissing, LibraryOlder
from aptl3.gui.grid.face import Cut, Face, face
from aptl3.gui.worker import Urgency, Worker
from aptl3.records.browsing import Filters, Sort
from aptl3.records.store import Counts
from aptl3.storage import browse
from aptl3.storage.store import Store

LOOK = 1000  # ms between two looks whether somebody has changed the library; each costs microseconds
_STEP = 8  # tiles decoded at once: some 8 ms, after which something more urgent may come


class Reader(Worker[Store]):
    """Reads the library in the folder ``root``.

    Signals, besides ``failed(str)`` of ``Worker``:

    - ``opened()``: the library is there and can be read
    - ``missing()``: there is none in the folder (yet)
    - ``older()``: there is one of an older aptl3, which has to be brought up to date before it can be read
    - ``refused(str)``: there is one, and it cannot be read; what to do, in one line
    - ``changed(Counts)``: after ``opened``, and whenever somebody has committed something
    - ``ordered(int, ndarray, bool)``: generation, the first media or all of them, whether that is all
    - ``unordered(int)``: the order of this generation could not be read
    - ``faces(list[Face])``: small pictures that were asked for
    - ``shown()``: those of all that is visible have been told
    - ``detailed(int, Details | None)``: generation, all about one media item; None: it is gone
    - ``placed(int, list[str])``: generation, paths of media
    """

    opened = pyqtSignal()
    missing = pyqtSignal()
    older = pyqtSignal()
    refused = pyqtSignal(str)
    changed = pyqtSignal(object)
    ordered = pyqtSignal(int, object, bool)
    unordered = pyqtSignal(int)
    faces = pyqtSignal(list)
    shown = pyqtSignal()
    detailed = pyqtSignal(int, object)
    placed = pyqtSignal(int, list)

    def __init__(self, root: str | os.PathLike[str]) -> None:
        super().__init__("reader", partial(Store.open, root), Store.close)
        self._state: object = None  # what was seen last: a version of the library, or why it cannot be read
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        super().start()
        self._timer.start()
        self.look()

    def stop(self) -> bool:
        self._timer.stop()
        return super().stop()

    def look(self) -> None:
        """Sees whether the library is there, and whether it has changed."""
        self.do("state", _state, self._seen, otherwise=self._not_seen, urgency=Urgency.NOW)

    def order(self, generation: int, filters: Filters, sort: Sort) -> None:
        """The media that pass the filters: the first of them at once, then all."""

        def read(store: Store) -> Iterator[tuple[np.ndarray, bool] | None]:
            found: list[np.ndarray] = []
            for part in browse.order(store, filters, sort):
                first = len(part) > 0 and not any(map(len, found))
                found.append(part)
                yield (part, False) if first else None
            yield (np.concatenate(found) if found else np.empty(0, np.int64)), True

        def lost(error: Aptl3Error) -> None:
            self.unordered.emit(generation)
            self._lost(error)

        self.do("order", read, lambda answer: self.ordered.emit(generation, *answer), otherwise=lost)

    def show(self, visible: Sequence[int], near: Sequence[int], cut: Cut) -> None:
        """Faces of what is visible, then of what is ``near``. What was asked for before, and is in neither, is not read
        any more."""
        self._show("visible", visible, cut, Urgency.NOW)
        self.do("shown", lambda _: None, self._shown, otherwise=self._shown, urgency=Urgency.NOW)  # comes after them
        self._show("near", near, cut, Urgency.LATER)

    def show_also(self, media: Sequence[int], cut: Cut) -> None:
        """Faces that are shown elsewhere than in the grid."""
        read = partial(_faces, media=list(media), cut=cut)
        self.do("also", read, self.faces.emit, otherwise=self._lost, late=True)

    def detail(self, generation: int, media: int) -> None:
        """All that is known of a media item."""
        self._read("detail", lambda store: browse.details(store, media), partial(self.detailed.emit, generation))

    def places(self, generation: int, media: Sequence[int]) -> None:
        """Where media lie: a path of each that lies in a file."""
        self._read("places", lambda store: browse.paths(store, media), partial(self.placed.emit, generation))

    def _read(self, key: str, function: Callable[[Store], Any], then: Callable[[Any], None]) -> None:
        self.do(key, function, then, otherwise=self._lost)

    def _seen(self, state: tuple[int, Counts]) -> None:
        before, self._state = self._state, state
        if not isinstance(before, tuple):
            self.opened.emit()
        if before != state:
            self.changed.emit(state[1])

    def _not_seen(self, error: Aptl3Error) -> None:
        before, self._state = self._state, str(error)
        if before == self._state:
            return
        if isinstance(error, LibraryMissing):
            self.missing.emit()
        elif isinstance(error, LibraryOlder):
            self.older.emit()
        else:
            self.refused.emit(str(error))

    def _show(self, key: str, media: Sequence[int], cut: Cut, urgency: Urgency) -> None:
        if media:
            read = partial(_faces, media=list(media), cut=cut)
            self.do(key, read, self.faces.emit, urgency=urgency, otherwise=self._lost, late=True)
        else:
            self.drop(key)

    def _shown(self, _: object) -> None:
        self.shown.emit()

    def _lost(self, error: Aptl3Error) -> None:
        """What could not be read. That the library is gone, not there yet, or too old, is told by ``look``."""
        if not isinstance(error, LibraryMissing | LibraryOlder):
            self.failed.emit(str(error))


def _state(store: Store) -> tuple[int, Counts]:
    if not store.layout.catalog.exists():
        raise LibraryMissing("the library was removed")
    return browse.state(store)


def _faces(store: Store, media: list[int], cut: Cut) -> Iterator[list[Face]]:
    for start in range(0, len(media), _STEP):
        found = browse.tiles(store, media[start : start + _STEP])
        yield [face(tile, cut) for tile in found.values()]
