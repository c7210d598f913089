"""What is done for a library beside the files' way: models made ready or introduced, alignments, indexes after a job.

Owns the keeper's process, which runs only while there is something to do. Indexes are built when nothing else goes on;
of several wishes for the same model one is carried out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from aptl3.actors import requests as r
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.errors import Aptl3Error, named
from aptl3.models.opening import prepared
from aptl3.storage.index.base import KINDS
from aptl3.storage.index.files import problem
from aptl3.storage.store import Store

Reply = Callable[[Any], None]
TAIL = 2000  # vectors behind the index that any library may have: comparing them all takes less than a millisecond
TAIL_SHARE = 0.1  # of those in the index; so the work of building over a library's life stays a multiple of its size


def behind(vectors: int, indexed: int) -> bool:
    """Whether so much has come after an index that it should be built anew. What came after is compared exactly, so
    nothing is missed in the meantime; it only takes longer."""
    return vectors > indexed + (max(TAIL, TAIL_SHARE * indexed) if indexed else 0)


def stale(store: Store) -> list[str]:
    """Models whose index is missing, damaged, of a kind that is no more, or too far behind."""
    models = store.models()
    return [one.name for one in models if behind(one.vectors, one.indexed) or _damaged(store, one.name)]


def _damaged(store: Store, model: str) -> bool:
    folder = store.layout.index_folder(model)
    newest = store.indexes(model)[:1]
    return any(one.kind not in KINDS or problem(folder, one.files) is not None for one in newest)


class Upkeep:
    """``store_index`` has the writer put a finished index, as JSON, into the catalog."""

    def __init__(self, runner: Runner, cache: Path, text_model: str, store_index: Callable[[str], None]) -> None:
        self._runner = runner
        self._cache = cache
        self._text_model = text_model
        self._store_index = store_index
        self._prepared = False
        self._to_index: set[str] = set()
        self._when_indexed: list[Reply] = []
        self._numbers = itertools.count(1)
        self._under_way: dict[int, Reply] = {}

    @property
    def working(self) -> bool:
        """The keeper has something to do."""
        return bool(self._under_way)

    @property
    def busy(self) -> bool:
        """Something is under way, or waits for a quiet moment."""
        return self.working or bool(self._to_index) or bool(self._when_indexed)

    def keep(self, task: r.KeeperTask, reply: Reply) -> None:
        """Has the keeper do something; ``reply`` gets its answer, or the error."""
        number = next(self._numbers)
        self._under_way[number] = reply
        self._runner.scale("keeper", 1)
        self._runner.submit("keeper", ("keep", number), task)

    def take_in(self, number: int, outcome: Outcome) -> None:
        """An answer of the keeper."""
        self._under_way.pop(number)(answer_of(outcome))
        if not self.busy:
            self._runner.scale("keeper", 0)

    def prepare(self, then: Callable[[str | None], None]) -> None:
        """Makes the text model ready, so that a search can start at once; ``then`` gets None, or why it failed."""

        def done(answer: Any) -> None:
            self._prepared = not isinstance(answer, Aptl3Error)
            then(None if self._prepared else str(answer))

        try:
            self._prepared = self._prepared or prepared(self._text_model, self._cache)
        except Aptl3Error as error:
            then(str(error))
            return
        if self._prepared:
            then(None)
        else:
            self.keep(r.Prepare(self._text_model), done)

    def index(self, models: Iterable[str], reply: Reply | None = None) -> None:
        """Has indexes of these models built anew in the next quiet moment; ``reply`` is called when all are done."""
        self._to_index.update(models)
        if reply is not None:
            self._when_indexed.append(reply)

    def give_up(self) -> None:
        """Forgets the indexes that were wished for: the supervisor is about to end."""
        self._to_index.clear()
        self._when_indexed.clear()

    def retain(self, models: Iterable[str]) -> None:
        """These are all the models that there are: no other's index is built any more."""
        self._to_index.intersection_update(models)

    def quiet(self) -> None:
        """Nothing else goes on: builds the next index, or says that all are built."""
        if self.working:
            return
        if self._to_index:
            self.keep(r.BuildIndex(self._to_index.pop()), self._indexed)
        else:
            self._runner.scale("keeper", 0)
            self._tell_indexed(None)

    def _indexed(self, built: Any) -> None:
        """An index that could not be built is no error, except to who asked for it: every vector is compared
        instead."""
        if isinstance(built, Aptl3Error):
            self._tell_indexed(type(built)(f"The index was not built: {built}"))
        elif built is not None:
            self._store_index(built)

    def _tell_indexed(self, answer: Any) -> None:
        waiting, self._when_indexed = self._when_indexed, []
        for reply in waiting:
            reply(answer)


def answer_of(outcome: Outcome) -> Any:
    """An outcome's value, or its refusal as the error that it was in the other process."""
    return outcome.value if outcome.refused is None else named(outcome.refused.reason, outcome.refused.error)
