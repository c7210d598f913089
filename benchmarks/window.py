"""The window, watched from inside: the half of ``gui.py`` that runs in the window's own process.

    python benchmarks/window.py start|scroll|search LIBRARY BEGAN [--tiny]

``BEGAN`` is when the process was started, in seconds since 1970. The command ``aptl3 gui`` runs as it is, only that its
window is watched and driven from the moment when it is made. Prints one JSON document when it is through.

How busy the interface's thread is, is measured by a beat: a timer that should come every ``BEAT`` ms. How late it comes
is how late a key would have been heard at that moment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from PyQt5.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PyQt5.QtGui import QKeyEvent, QWheelEvent
from PyQt5.QtWidgets import QApplication, QLineEdit, QScrollBar, QWidget

from aptl3 import cli
from aptl3.gui import application, searching
from aptl3.gui.window import MainWindow
from aptl3.records.browsing import Filters
from aptl3.records.store import Counts

BEAT = 2  # ms
FRAME = 16  # ms from one step of a scroll to the next: sixty a second
WORDS = (
    "a dog",  # warms the window up
    "a cup of coffee",
    "flowers",
    "a motorcycle",
    "a rocket",
    "an old temple",
    "a smiling woman",
    "the surface of the moon",
    "a page of a book",
    "a clock in motion",
    "gravel and stones",
    "green grass",
    "coins from Pompeii",
    "a brick wall",
    "a man with a camera",
    "a cat looking at me",
    "stars and galaxies",
    "an officer in uniform",
    "something red",
    "a wheel",
    "cells under a microscope",
)
MODELS = ("openvino", "torch", "transformers", "sentence_transformers")  # what models bring with them


@dataclass(frozen=True)
class Plan:
    """How much of everything is done."""

    rounds: int = 3  # of all that pauses are looked for in
    idle: int = 5_000  # ms that an idle window is watched in each
    drag: int = 1000  # places from the top to the bottom: 16 s of a hand that drags the bar through everything
    wheel: int = 300  # turns of it
    pages: int = 150  # Page Downs
    ends: int = 10  # jumps to the other end
    typing: int = 500  # ms from one question to the next
    words: Sequence[str] = WORDS
    rest: int = searching.IDLE  # ms without a question, after which the window lets go of memory
    settled: int = 1_000  # ms after which nothing of what was done goes on


FULL = Plan()
TINY = Plan(rounds=1, idle=50, drag=20, wheel=10, pages=5, ends=2, typing=50, words=WORDS[:3], rest=100, settled=100)

Conditions = dict[str, Callable[[], bool]]
Steps = Iterator[float | Conditions]


class Beats(QObject):
    """Since ``begin``, in ms: ``longest``, by which a beat was late; ``busiest``, what was worked between two."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT)
        self.begin()

    def begin(self) -> None:
        self.longest = self.busiest = 0.0
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def end(self) -> None:
        self._timer.stop()
        self.deleteLater()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, 1000 * (now - self._last) - BEAT)
        self.busiest = max(self.busiest, 1000 * (worked - self._worked))
        self._last, self._worked = now, worked


class Watch(QObject):
    """Drives a window through ``steps``, each of which says what the next one waits for: so many ms, or that what the
    conditions ask for has been painted. When that was is in ``painted``, in ms since ``since`` (of time.time())."""

    def __init__(self, window: MainWindow, what: str, library: Path, since: float, plan: Plan) -> None:
        super().__init__(window)
        self.window, self.library, self.since, self.plan = window, library, since, plan
        self.painted: dict[str, float] = {}
        self.notes: dict[str, Any] = {}
        self._conditions: Conditions = {}
        self._steps = {"start": self._start, "scroll": self._scroll, "search": self._search}[what]()
        self._counts: Counts | None = None
        self._complete = False  # the whole order was read, not its first page only
        window.reader.changed.connect(self._keep)
        window.reader.ordered.connect(self._ordered)
        self._port.installEventFilter(self)
        QTimer.singleShot(0, self._go_on)

    def _keep(self, counts: Counts) -> None:
        self._counts = counts

    def _ordered(self, _: int, __: object, complete: bool) -> None:
        self._complete = complete

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Comes before the tiles are painted: what holds now, is on the screen then."""
        if event is not None and event.type() == QEvent.Type.Paint and self._conditions:
            held = [name for name, holds in self._conditions.items() if holds()]
            if held:
                QTimer.singleShot(0, lambda: self._have_painted(held))
        return False

    def _have_painted(self, names: list[str]) -> None:
        new = [name for name in names if self._conditions.pop(name, None) is not None]
        self.painted.update((name, 1000 * (time.time() - self.since)) for name in new)
        if new and not self._conditions:
            self._go_on()

    def _go_on(self) -> None:
        try:
            awaited = next(self._steps)
        except StopIteration:
            self.notes["models"] = [name for name in MODELS if name in sys.modules]
            self.notes["media"] = len(self.window.grid.media)
            print(json.dumps(self.notes), flush=True)
            self.window.leave()
            return
        if isinstance(awaited, dict):
            self._conditions = awaited
            self._port.update()
        else:
            QTimer.singleShot(round(awaited), Qt.TimerType.PreciseTimer, self._go_on)

    def _note_memory(self, name: str) -> None:
        """In bytes. The library's own files are mapped, and what of them is resident is the page cache's."""
        import psutil

        maps = psutil.Process().memory_maps()
        mapped = sum(one.rss for one in maps if Path(one.path).is_relative_to(self.library))
        every = {
            "resident": sum(one.rss for one in maps) - mapped,
            "mapped": mapped,
            "pss": sum(one.pss for one in maps),
        }
        self.notes[name] = every

    # What is looked at

    @property
    def _port(self) -> QWidget:
        port = self.window.grid.viewport()
        assert port is not None
        return port

    @property
    def _bar(self) -> QScrollBar:
        bar = self.window.grid.verticalScrollBar()
        assert bar is not None
        return bar

    def _row(self) -> bool:
        """Whether something is shown, and the pictures of the first row are at hand."""
        grid = self.window.grid
        return self._some() and self._faces(grid.tile_rect(int(grid.media[0])).top() + 1)

    def _page(self) -> bool:
        """Whether something is shown, and all pictures in sight of the first page are at hand."""
        return self._some() and self._faces(self._port.height())

    def _some(self) -> bool:
        return len(self.window.grid.media) > 0

    def _faces(self, height: int) -> bool:
        """Whether the pictures of all tiles down to ``height`` are at hand."""
        grid = self.window.grid
        seen = takewhile(lambda one: grid.tile_rect(one).top() < height, map(int, grid.media))
        return all(self.window.thumbnails.get(one) is not None for one in seen)

    # What is done

    def _start(self) -> Steps:
        yield {
            "window": lambda: True,
            "tiles": self._some,
            "first row of pictures": self._row,
            "page of pictures": self._page,
        }
        self.notes["painted"] = self.painted

    def _scroll(self) -> Steps:
        self.window.browsing.show_all(Filters(modality="any"))
        self._complete = False
        while not self._complete:
            yield 50
        beats = Beats(self)
        kinds = {
            "idle": self._idle,
            "drag": self._drag,
            "wheel": self._wheel,
            "pages": self._pages,
            "ends": self._ends,
            "read again": self._read_again,
        }
        self.notes["pauses"] = {name: [] for name in kinds}
        for _ in range(self.plan.rounds):
            for name, steps in kinds.items():
                yield self.plan.settled / 2  # what the last one left to do is no part of the next
                beats.begin()
                yield from steps()
                self.notes["pauses"][name].append((beats.longest, beats.busiest))
        yield from self._look_at_memory()

    def _look_at_memory(self) -> Steps:
        self._note_memory("memory")
        yield self.plan.rest + self.plan.settled
        self._note_memory("memory at rest")

    def _idle(self) -> Steps:
        yield self.plan.idle

    def _drag(self) -> Steps:
        for step in range(self.plan.drag + 1):
            self._bar.setValue(self._bar.maximum() * step // self.plan.drag)
            yield FRAME

    def _wheel(self) -> Steps:
        self._bar.setValue(self._bar.maximum() // 2)
        at, turned, none = QPointF(200, 200), QPoint(0, -240), Qt.KeyboardModifiers()
        for _ in range(self.plan.wheel):
            phase = Qt.ScrollPhase.NoScrollPhase
            event = QWheelEvent(at, at, QPoint(), turned, Qt.MouseButtons(), none, phase, False)
            QApplication.postEvent(self._port, event)
            yield FRAME

    def _pages(self) -> Steps:
        for _ in range(self.plan.pages):
            self._press(self.window.grid, Qt.Key.Key_PageDown)
            yield 2 * FRAME

    def _ends(self) -> Steps:
        for number in range(self.plan.ends):
            self._press(self.window.grid, Qt.Key.Key_Home if number % 2 else Qt.Key.Key_End)
            yield 0.3 * self.plan.settled

    def _read_again(self) -> Steps:
        """All of it is chosen and read anew, as when photographs come in."""
        self.window.grid.select_all()
        shown = self.window.grid.media
        self.window.reader.changed.emit(self._counts)
        while self.window.grid.media is shown:
            yield 50
        yield self.plan.settled

    def _search(self) -> Steps:
        yield {"library": self._page}
        self.notes["searches"] = []
        for words in self.plan.words:
            yield from self._ask(words)
            self.notes["searches"].append(self._asked)
        yield self.plan.settled
        yield from self._look_at_memory()
        yield from self._ask(self.plan.words[0])
        self.notes["rested"] = self._asked

    def _ask(self, words: str) -> Steps:
        """Somebody goes to the search field, types, and presses Return."""
        field = self.window.findChild(QLineEdit, "Words")
        assert field is not None
        beats = Beats(self)
        field.setFocus()
        yield self.plan.typing
        field.setText(words)
        shown = self.window.grid.media
        self.since = time.time()
        self._press(field, Qt.Key.Key_Return)
        yield {
            "answer": lambda: self.window.grid.media is not shown,
            "row": lambda: self.window.grid.media is not shown and self._row(),
        }
        self._asked = {"pause": beats.longest, **self.painted}
        beats.end()

    def _press(self, widget: QWidget, key: Qt.Key) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.postEvent(widget, QKeyEvent(kind, key, Qt.KeyboardModifiers()))


def main() -> None:
    what, library, began, *options = sys.argv[1:]
    plan = TINY if "--tiny" in options else FULL
    searching.IDLE = plan.rest

    class Watched(MainWindow):
        """Watched from the moment when it is there."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.watch = Watch(self, what, Path(library).absolute(), float(began), plan)

    vars(application)["MainWindow"] = Watched
    cli.main(["gui", "-d", library])


if __name__ == "__main__":
    main()
