"""What is done for a library beside the files' way: models made ready for searches, indexes built after a job.

Owns the keeper's process, which runs only while there is something to do. Indexes are built when nothing else goes on;
of several wishes for the same model one is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from aptl3.actors import messages as m
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.errors import Aptl3Error, named
from aptl3.models.opening import prepared
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
    """Models whose index is missing, damaged or too far behind."""
    models = store.models()
    return [one.name for one in models if behind(one.vectors, one.indexed) or _damaged(store, one.name)]


def _damaged(store: Store, model: str) -> bool:
    folder = store.layout.index_folder(model)
    return any(problem(folder, record.files) is not None for record in store.indexes(model)[:1])


class Upkeep:
    """``store_index`` has the writer put a finished index, as JSON, into the catalog."""

    def __init__(self, runner: Runner, cache: Path, text_model: str, store_index: Callable[[str], None]) -> None:
        self._runner = runner
        self._cache = cache
        self._text_model = text_model
        self._store_index = store_index
        self._prepared = False
        self._to_index: set[str] = set()
        self._under_way: str | None = None  # "prepare" or "index"
        self._when_prepared: Callable[[str | None], None] | None = None
        self._when_indexed: list[Reply] = []

    @property
    def busy(self) -> bool:
        """Something is under way, or waits for a quiet moment."""
        return self._under_way is not None or bool(self._to_index) or bool(self._when_indexed)

    def prepare(self, then: Callable[[str | None], None]) -> None:
        """Makes the text model ready, so that a search can start at once; ``then`` gets None, or why it failed."""
        try:
            self._prepared = self._prepared or prepared(self._text_model, self._cache)
        except Aptl3Error as error:
            then(str(error))
            return
        if self._prepared:
            then(None)
        else:
            self._when_prepared = then
            self._keep("prepare", self._text_model, m.Prepare(self._text_model))

    def index(self, models: Iterable[str], reply: Reply | None = None) -> None:
        """Has indexes of these models built anew in the next quiet moment; ``reply`` is called when all are done."""
        self._to_index.update(models)
        if reply is not None:
            self._when_indexed.append(reply)

    def give_up(self) -> None:
        """Forgets the indexes that were wished for: the supervisor is about to end."""
        self._to_index.clear()
        self._when_indexed.clear()

    def quiet(self) -> None:
        """Nothing else goes on: builds the next index, or says that all are built."""
        if self._under_way is not None:
            return
        if self._to_index:
            model = self._to_index.pop()
            self._keep("index", model, m.BuildIndex(model))
        else:
            self._runner.scale("keeper", 0)
            waiting, self._when_indexed = self._when_indexed, []
            for reply in waiting:
                reply(None)

    def take_in(self, kind: str, outcome: Outcome) -> None:
        """An answer of the keeper. An index that could not be built is no error, except to who asked for it: every
        vector is compared instead."""
        self._under_way = None
        if kind == "index":
            if outcome.refused is not None:
                waiting, self._when_indexed = self._when_indexed, []
                for reply in waiting:
                    reply(named(outcome.refused.reason, f"The index was not built: {outcome.refused.error}"))
            elif outcome.value is not None:
                self._store_index(outcome.value)
            return
        if not self.busy:
            self._runner.scale("keeper", 0)
        self._prepared = outcome.refused is None
        if self._when_prepared is not None:
            then, self._when_prepared = self._when_prepared, None
            then(outcome.refused.error if outcome.refused is not None else None)

    def _keep(self, kind: str, model: str, task: m.Prepare | m.BuildIndex) -> None:
        self._under_way = kind
        self._runner.scale("keeper", 1)
        self._runner.submit("keeper", (kind, model), task)
