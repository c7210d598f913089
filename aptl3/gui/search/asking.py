"""Asks what the search field, the filters and the commands say, shows the answers, and knows the way back.

Guarantees: what is shown is the answer to the question that the field shows, or the one before while it is looked for;
a question that cannot be asked says why and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from PyQt5.QtCore import QObject, QTemporaryDir, QTimer, pyqtSignal

from aptl3.gui.browsing import Browsing
from aptl3.gui.commands import Command
from aptl3.gui.grid.view import LIKE_KEY, GridView
from aptl3.gui.reading import Reader
from aptl3.gui.search.bar import SearchBar
from aptl3.gui.search.dropped import Offer
from aptl3.gui.search.filters import FilterLine, with_parents
from aptl3.gui.search.history import History, Visit
from aptl3.gui.search.likeness import Likeness
from aptl3.gui.search.question import Part, Question
from aptl3.gui.searching import Answer, Asker
from aptl3.records.browsing import Filters, Sort
from aptl3.records.store import Counts
from aptl3.storage import browse

PATIENCE = 150  # ms after which it is said that something is being looked for
EXAMPLES = 8  # of what is chosen, that are searched with


class Asking(QObject):
    """Signals:

    - ``begun()``: somebody is about to ask, and wants to see the field
    - ``asked()``: another question is looked for, or the library is shown again
    - ``shown()``: its answer is
    - ``said(str)``: what is wrong with a question
    """

    begun = pyqtSignal()
    asked = pyqtSignal()
    shown = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, reader: Reader, asker: Asker, grid: GridView, browsing: Browsing, likeness: Likeness) -> None:
        super().__init__()
        self.bar, self.line = SearchBar(), FilterLine()
        self.history = History()
        self._reader, self._asker, self._grid, self._browsing = reader, asker, grid, browsing
        self._likeness = likeness
        self._generation = 0
        self._pasted: QTemporaryDir | None = None
        self._pastes = 0
        self._begun = False  # the beginning of its answer is shown, and the rest awaited
        self._rest_wanted = False  # … and is to be asked for
        self._place: int | None = None  # where one was in the answer that is awaited
        self._counts: Counts | None = None
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(PATIENCE)
        self._slow.timeout.connect(lambda: self.bar.show_busy(True))
        self._connect()

    def _connect(self) -> None:
        bar, line = self.bar, self.line
        bar.asked.connect(self._ask_parts)
        bar.offered.connect(self.take)
        bar.wanted.connect(self._likeness.want)
        bar.touched.connect(self._asker.prepare)
        bar.left.connect(self._leave_bar)
        self._likeness.arrived.connect(bar.show_image)
        line.changed.connect(lambda filters: self.ask(replace(self.question, filters=filters)))
        line.opened.connect(self.read_folders)
        self._asker.answered.connect(self._answered)
        self._asker.refused.connect(self._refused)
        self._reader.changed.connect(self._changed)
        self._reader.shown.connect(self._ask_rest)
        self._browsing.shown.connect(self._go_to_place)
        self._grid.selection_changed.connect(self._moved)
        self._grid.wants_more_like.connect(self.more_like)

    @property
    def question(self) -> Question:
        return self.history.present.question

    # Questions

    def begin(self) -> None:
        """One types what one is looking for."""
        self.begun.emit()
        self.bar.take_keyboard()

    def ask(self, question: Question) -> None:
        """Looks for it."""
        self.history.ask(question, self._grid.current)
        self._look_for(Visit(question))

    def more_like(self, media: Sequence[int]) -> None:
        """What is like these, and nothing else."""
        self.ask(self.question.asking([Part(example=one) for one in media[:EXAMPLES]]))

    def add(self, *, unlike: bool) -> None:
        """What is chosen becomes a part of the question too."""
        chosen = self._chosen()
        if chosen:
            self.ask(self.question.also([Part(example=one, unlike=unlike) for one in chosen]))

    def take(self, offer: Offer) -> None:
        """What was dropped or pasted becomes a part of the question too."""
        places = list(offer.places)
        if offer.image is not None:
            path = self._new_file()
            self._likeness.keep(path, offer.image)
            self._asker.keep(offer.image, path)
            places.append(path)
        self.ask(self.question.asking(self.bar.parts).also([Part(example=place) for place in places]))

    def go(self, steps: int) -> None:
        """Through the questions that were asked."""
        visit = self.history.go(steps, self._grid.current)
        self._look_for(visit)

    def set_sort(self, sort: Sort | None) -> None:
        if sort is not self.question.sort:
            self.ask(replace(self.question, sort=sort))

    def turn_sort(self) -> None:
        """The next order."""
        orders = [None, Sort.NEWEST, Sort.OLDEST] if self.question.parts else [None, Sort.OLDEST]
        sort = self.question.sort if self.question.sort in orders else None
        self.set_sort(orders[(orders.index(sort) + 1) % len(orders)])

    def commands(self) -> list[Command]:
        tr = self.tr
        return [
            Command("find", "search", tr("&Find…"), self.begin, ("Ctrl+F", "Ctrl+K"), "search"),
            Command("paste", "search", tr("Look for what was &copied"), self.bar.paste, ("Ctrl+V",)),
            Command("more", "search", tr("&More like this"), self._more, (LIKE_KEY,), "like", separated=True),
            Command("also", "search", tr("&Also like this"), lambda: self.add(unlike=False), ("Ctrl+Shift+L",)),
            Command("less", "search", tr("&Less like this"), lambda: self.add(unlike=True), ("Ctrl+U",), "unlike"),
            Command("order", "search", tr("Change the &order"), self.turn_sort, ("Ctrl+Shift+S",), separated=True),
            Command("back", "go", tr("&Back"), lambda: self.go(-1), ("Alt+Left",), "back", separated=True),
            Command("forward", "go", tr("F&orward"), lambda: self.go(1), ("Alt+Right",), "forward"),
            Command("home", "go", tr("The &whole library"), lambda: self._ask_parts(()), ("Alt+Home",)),
        ]

    def read_folders(self) -> None:
        """Offers the folders that there are by now."""
        if self.line.isVisible():
            self._reader.do("folders", lambda store: with_parents(browse.folders(store)), self.line.offer_folders)

    # What happens

    def _ask_parts(self, parts: tuple[Part, ...]) -> None:
        self.ask(self.question.asking(parts))

    def _more(self) -> None:
        chosen = self._chosen()
        if chosen:
            self.more_like(chosen)

    def _chosen(self) -> list[int]:
        chosen = self._grid.selected(EXAMPLES)
        return chosen or ([] if self._grid.current is None else [self._grid.current])

    def _look_for(self, visit: Visit) -> None:
        question = visit.question
        self._generation += 1
        self._place, self._begun, self._rest_wanted = visit.media, False, False
        self.bar.show_question(question)
        self.line.show_filters(question.filters)
        if question.parts:
            self._slow.start()
            self._asker.ask(self._generation, question)
        else:
            self._end_wait()
            self._asker.drop_question()
            self._browsing.show_all(question.filters, question.sort or Sort.NEWEST)
        self.asked.emit()

    def _answered(self, generation: int, answer: Answer) -> None:
        if generation != self._generation:
            return
        self._end_wait()
        more, self._begun = self._begun, not answer.complete
        self._rest_wanted = self._begun
        self._browsing.show(answer.media, answer.likely, self._empty(answer.question), keep=more)
        if not more:
            self.shown.emit()

    def _ask_rest(self) -> None:
        """The pictures of the beginning are there: looking for more would have held them up."""
        if self._rest_wanted:
            self._rest_wanted = False
            self._asker.ask(self._generation, self.question, whole=True)

    def _refused(self, generation: int, why: str) -> None:
        if generation == self._generation:
            self._end_wait()
            self.said.emit(why)

    def _end_wait(self) -> None:
        self._slow.stop()
        self.bar.show_busy(False)

    def _go_to_place(self) -> None:
        if self._place is not None:
            self._grid.go_to(self._place)

    def _moved(self) -> None:
        """Who goes somewhere does not want to be brought elsewhere."""
        if self._grid.current is not None:
            self._place = None

    def _leave_bar(self) -> None:
        self._grid.setFocus()

    def _changed(self, counts: Counts) -> None:
        self._counts = counts
        self.read_folders()

    def _empty(self, question: Question) -> tuple[str, str]:
        """What is said where nothing was found."""
        if self._counts is not None and not self._counts.vectors:
            return self.tr("Nothing can be found yet"), self.tr("The first photographs are being read.")
        if replace(question.filters, modality="image") != Filters():
            return self.tr("Nothing found"), self.tr("Nothing in the library passes the filters.")
        return self.tr("Nothing found"), self.tr("There is nothing else in the library.")

    def _new_file(self) -> str:
        """Where a picture that was pasted is kept while the window is open."""
        if self._pasted is None:
            self._pasted = QTemporaryDir()
        self._pastes += 1
        return os.path.join(self._pasted.path(), self.tr("pasted") + f" {self._pastes}.png")
