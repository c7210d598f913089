"""The asker: everything that is searched for, in a thread of its own, in which models are opened by the first question.

Guarantees: one ``Store`` and one ``Searcher``, used in that thread only; of several questions only the newest is
answered; an answer holds what passes the question's filters, however few that are among how many; while nobody asks,
the vectors and indexes that were looked at are no memory of this process, but the page cache's alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtGui import QImage

from aptl3.config import cache_dir
from aptl3.errors import Aptl3Error
from aptl3.gui.grid.selection import Ids
from aptl3.gui.search.question import Question
from aptl3.gui.worker import Urgency, Worker
from aptl3.records.browsing import Filters, Sort
from aptl3.records.query import Query, Term
from aptl3.search.asked import CANNOT
from aptl3.search.searcher import Ranking, Searcher
from aptl3.storage import browse, mapped
from aptl3.storage.store import Store

FIRST = 50  # media that are shown at once: a third of the time that it takes to find LIMIT among a million
LIMIT = 1000  # media of an answer
NEAR = 8  # media that one is near to
FEW = 50_000  # media that pass a filter and are compared one by one; of more, enough are among the best hits
ENOUGH = 200  # of those, which pass
_WIDER = 4  # times as many hits are looked at, until there are enough
_MOST = 32_000
IDLE = 10_000  # ms without a question after which the memory that answers were read through is let go of


@dataclass(frozen=True)
class Answer:
    """``media``: int64, the best first, or by date: the likely ones, then the others. The first ``likely`` of them are
    above the line. ``scores``: float32, in the same order. ``complete``: there is no more of it."""

    question: Question
    media: Ids
    scores: np.ndarray
    likely: int
    complete: bool


@dataclass
class Engine:
    """What the thread owns."""

    store: Store
    searcher: Searcher

    @classmethod
    def open(cls, root: str | os.PathLike[str]) -> Engine:
        from threadpoolctl import threadpool_limits

        store = Store.open(root)
        threadpool_limits(1, "blas")  # a query is one row: threads only wait for each other, 15 ms on a busy machine
        return cls(store, Searcher(store, cache_dir()))

    def close(self) -> None:
        self.searcher.close()
        self.store.close()


class Asker(Worker[Engine]):
    """Searches the library in the folder ``root``; ``open`` may stand in for what opens it.

    Signals, besides ``failed(str)`` of ``Worker``:

    - ``answered(int, Answer)``: generation, what was found, or its beginning
    - ``refused(int, str)``: generation, why that cannot be asked; what to do, in one line
    - ``near(int, list[int])``: a media item, and what comes nearest to it
    """

    answered = pyqtSignal(int, object)
    refused = pyqtSignal(int, str)
    near = pyqtSignal(int, list)

    def __init__(self, root: str | os.PathLike[str], open: Callable[[], Engine] | None = None) -> None:
        super().__init__("asker", open or partial(Engine.open, root), Engine.close)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE)
        self._idle.timeout.connect(self._let_go)
        for signal in (self.answered, self.refused, self.near):
            signal.connect(lambda *_: self._idle.start())

    def ask(self, generation: int, question: Question, *, whole: bool = False) -> None:
        """Looks for it. A question asked before, and not answered yet, is dropped. Unless the ``whole`` answer is asked
        for, its beginning may be all that comes."""

        def then(answer: Answer | str) -> None:
            if isinstance(answer, str):
                self.refused.emit(generation, answer)
            else:
                self.answered.emit(generation, answer)

        def otherwise(error: Aptl3Error) -> None:
            self.refused.emit(generation, str(error))

        self.do("question", partial(_answered, question=question, whole=whole), then, otherwise=otherwise)

    def drop_question(self) -> None:
        """Nobody waits for an answer any more."""
        self.drop("question")

    def prepare(self) -> None:
        """Opens what a question in words needs: somebody is about to ask one."""
        question = Query([Term(text="a photograph")], 1)
        self.do("prepare", lambda engine: _ranked(engine, question), _ignore, urgency=Urgency.LATER, otherwise=_ignore)

    def look_around(self, media: int) -> None:
        """What a media item is near to."""

        def work(engine: Engine) -> list[int]:
            found = _ranked(engine, Query([Term(example=media)], NEAR, exclude_examples=True))
            return [] if isinstance(found, str) else [one.media for one in found.found]

        def otherwise(_: Aptl3Error) -> None:
            self.near.emit(media, [])

        self.do("near", work, partial(self.near.emit, media), urgency=Urgency.LATER, otherwise=otherwise)

    def keep(self, image: QImage, path: str) -> None:
        """Writes a picture that lies nowhere to a file, before any question that is asked after this."""
        self.do(("keep", path), lambda _: image.save(path, "PNG", 90), _ignore, urgency=Urgency.NOW, otherwise=_ignore)

    def _let_go(self) -> None:
        self.do("let go", lambda _: mapped.let_go(), _ignore, urgency=Urgency.LATER, otherwise=_ignore)


def _ignore(_: object) -> None:
    """Whoever asks is told; the library is waited for by the reader."""


def _ranked(engine: Engine, query: Query, within: Ids | None = None) -> Ranking | str:
    """What the searcher says, or why it cannot: nothing that was opened is lost by that."""
    try:
        return engine.searcher.rank(query, within)
    except CANNOT as error:
        return str(error)


def _answered(engine: Engine, question: Question, whole: bool) -> Iterator[Answer | str | None]:
    """In steps, between which a newer question may come."""
    filters = question.filters
    within: Ids | None = None
    if replace(filters, modality="any") != Filters(modality="any"):
        within = yield from _passing(engine.store, filters)
    elif question.sort is None and not whole:
        ranking = _ranked(engine, question.query(FIRST))
        complete = isinstance(ranking, str) or len(ranking.found) < FIRST
        yield ranking if isinstance(ranking, str) else _arranged(engine.store, question, ranking, complete)
        return
    limit = LIMIT
    while True:
        ranking = _ranked(engine, question.query(limit), within)
        if isinstance(ranking, str):
            yield ranking
            return
        answer = _arranged(engine.store, question, ranking, True)
        full = within is not None or len(answer.media) >= min(ENOUGH, len(ranking.found))
        if full or len(ranking.found) < limit or limit >= _MOST:
            break
        limit *= _WIDER
        yield None
    yield answer


def _passing(store: Store, filters: Filters) -> Generator[None, None, Ids | None]:
    """All media that pass, read in steps; None when they are more than a few."""
    parts = [np.empty(0, np.int64)]
    for part in browse.order(store, filters, Sort.NEWEST):
        parts.append(part)
        yield None
        if sum(map(len, parts)) > FEW:
            return None
    return np.unique(np.concatenate(parts))


def _arranged(store: Store, question: Question, ranking: Ranking, complete: bool) -> Answer:
    """What of it passes the filters, in the order that is asked for."""
    media = np.array([one.media for one in ranking.found], np.int64)
    scores = {one.media: one.score for one in ranking.found}
    above, below = media[: ranking.likely], media[ranking.likely :]
    if question.sort is not None or question.filters != Filters(modality=question.filters.modality):
        above, below = (browse.arranged(store, one, question.filters, question.sort) for one in (above, below))
    media = np.concatenate([above, below])
    found = np.array([scores[one] for one in media.tolist()], np.float32)
    return Answer(question, media, found, len(above), complete)
