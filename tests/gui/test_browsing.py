from __future__ import annotations

import numpy as np
import pytest
from PyQt5.QtCore import QObject, pyqtSignal
from pytestqt.qtbot import QtBot

from aptl3.gui.browsing import LEAST, PAUSE, Browsing
from aptl3.gui.grid.selection import Ids
from aptl3.records.browsing import Filters, Sort
from aptl3.records.store import Counts


class Reader(QObject):
    """Answers when it is told to."""

    changed = pyqtSignal(object)
    ordered = pyqtSignal(int, object, bool)
    unordered = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, Filters, Sort]] = []

    def order(self, generation: int, filters: Filters, sort: Sort) -> None:
        self.asked.append((generation, filters, sort))

    def answer(self, *media: int, complete: bool = True, generation: int | None = None) -> None:
        self.ordered.emit(self.asked[-1][0] if generation is None else generation, ids(*media), complete)

    def change(self) -> None:
        self.changed.emit(Counts(1, 1, 1, 0, 0))


class Grid:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.shown: list[tuple[list[int], int | None, bool]] = []

        self.empty = ("", "")

    def set_empty(self, *empty: str) -> None:
        self.empty = (empty[0], empty[1])

    def set_media(self, media: Ids, likely: int | None = None, *, keep: bool = False) -> None:
        self.shown.append((media.tolist(), likely, keep))


class Stage:
    def __init__(self) -> None:
        self.now = 100.0
        self.reader, self.grid = Reader(), Grid()
        self.browsing = Browsing(self.reader, self.grid, lambda: self.now)  # type: ignore[arg-type]


def ids(*media: int) -> Ids:
    return np.array(media, np.int64)


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    """The library was opened, and is being read."""
    stage = Stage()
    stage.reader.change()
    qtbot.waitUntil(lambda: len(stage.reader.asked) == 1)
    return stage


def test_the_first_page_then_all_with_the_place_kept(stage: Stage) -> None:
    stage.reader.answer(3, 2, complete=False)
    stage.reader.answer(3, 2, 1)
    assert stage.grid.shown == [([3, 2], None, False), ([3, 2, 1], None, True)]


def test_a_library_that_grows_is_read_again_and_only_shown_when_complete(qtbot: QtBot, stage: Stage) -> None:
    stage.reader.answer(1)
    stage.now += LEAST
    stage.reader.change()
    qtbot.waitUntil(lambda: len(stage.reader.asked) == 2)
    stage.reader.answer(2, complete=False)
    assert len(stage.grid.shown) == 1
    stage.reader.answer(2, 1)
    assert stage.grid.shown[1:] == [([2, 1], None, True)]


def test_a_change_while_it_is_read_waits_for_that(qtbot: QtBot, stage: Stage) -> None:
    stage.reader.change()
    stage.now += 0.9 * LEAST / PAUSE
    assert len(stage.reader.asked) == 1 and not stage.browsing._again.isActive()
    stage.reader.answer(1)
    assert stage.browsing._again.isActive()
    qtbot.waitUntil(lambda: len(stage.reader.asked) == 2)


def test_a_long_reading_is_followed_by_a_longer_pause(stage: Stage) -> None:
    stage.now += 20.0
    stage.reader.answer(1)
    stage.reader.change()
    left = stage.browsing._again.remainingTime()
    assert stage.browsing._again.isActive() and left > 1000 * (PAUSE - 1) * 20.0 - 5000


def test_an_outdated_order_is_dropped(stage: Stage) -> None:
    first = stage.reader.asked[0][0]
    stage.browsing.show_all(Filters(folder="/x"), Sort.OLDEST)
    stage.reader.answer(9, generation=first)
    assert stage.grid.shown == []
    stage.reader.answer(5)
    assert stage.grid.shown == [([5], None, True)]
    assert stage.reader.asked[-1][1:] == (Filters(folder="/x"), Sort.OLDEST)


def test_filters_stay_until_others_are_set(stage: Stage) -> None:
    stage.browsing.show_all(Filters(folder="/x"))
    stage.browsing.show_all(sort=Sort.OLDEST)
    assert stage.reader.asked[-1][1:] == (Filters(folder="/x"), Sort.OLDEST)


def test_an_answer_stays_whatever_the_library_does(qtbot: QtBot, stage: Stage) -> None:
    stage.browsing.show(ids(4, 5), 1)
    stage.reader.answer(1, 2, 3)
    stage.now += 100
    stage.reader.change()
    assert not stage.browsing._again.isActive()
    assert stage.grid.shown == [([4, 5], 1, False)]
    stage.browsing.show_all()
    stage.reader.answer(3, 2, 1)
    assert stage.grid.shown[-1] == ([3, 2, 1], None, True)


def test_an_order_that_cannot_be_read_is_asked_for_again_after_a_change(qtbot: QtBot, stage: Stage) -> None:
    stage.reader.unordered.emit(stage.reader.asked[-1][0])
    stage.now += LEAST
    stage.reader.change()
    qtbot.waitUntil(lambda: len(stage.reader.asked) == 2)


def test_it_says_when_something_else_is_shown(qtbot: QtBot, stage: Stage) -> None:
    with qtbot.waitSignal(stage.browsing.shown):
        stage.reader.answer(1)
    with qtbot.waitSignal(stage.browsing.shown):
        stage.browsing.show(ids(), None)
