"""Answers queries from the store: from every model that can embed the query, by every way, to every collection of
vectors, in one list.

Terms become one direction in each collection's centred space, and one scan ranks it there. The hits of all collections
are merged by their calibrated score (``calibration.py``); an item that several of them gave counts by the best, and
says by which way that came. So a model that knows nothing of a query does not drown one that does: for captions of COCO
recall@10 was 0.90 with EfficientNet-Lite0, 0.84 when a model of random vectors was added, and 0.70 when the mean of
both scores counted; with a second real view of the photographs both rules gave 0.88. It also makes the first n of the
merged list exact when each collection gives its first n.

Guarantees: every query sees all that is committed when it starts (index and tail), ranks by exact scores, and never
shows an item that was removed or is gone from everywhere. What is wrong with an index is no error: the exact scan
answers, and ``answering`` says so. A model that cannot be opened or an alignment that is gone costs the ways through it
only; when none is left, the error says why. Opening costs next to nothing; maps, indexes and models are opened by the
first query that needs them, and stay open. One ``Searcher`` belongs to one thread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aptl3.errors import BadArgument
from aptl3.records.model import StoredModel
from aptl3.records.query import Hit, Query
from aptl3.search.asked import CANNOT, Asked, Resolved
from aptl3.search.calibration import LOOK, likely
from aptl3.search.cohort import Cohorts
from aptl3.search.collection import Collections
from aptl3.search.direction import combine
from aptl3.search.embedders import Embedders, installed
from aptl3.search.sources import Sources
from aptl3.storage.store import Store

_MODALITIES = ("image", "text", "any")


@dataclass(frozen=True)
class Answering:
    """What answers for a model: a kind of index and why it was chosen, or what is ``wrong`` with it (then ``kind`` is
    the exact scan that stands in, until the index is built anew)."""

    model: str
    kind: str
    why: str
    wrong: str | None


class _Found(NamedTuple):
    """An item as one collection gave it."""

    score: float
    media: int
    via: str
    modality: str


class Searcher:
    """Searches ``store``. ``cache`` holds converted models; ``embedders`` may stand in for those and their ways."""

    def __init__(self, store: Store, cache: Path, *, embedders: Embedders | None = None) -> None:
        self._store = store
        self._sources = Sources(store, embedders or installed(cache))
        self._collections = Collections(store)
        self._cohorts = Cohorts(store, self._sources, self._collections)

    def close(self) -> None:
        """Lets go of models and maps."""
        self._sources.close()
        self._collections.close()

    def search(self, query: Query) -> list[Hit]:
        """The best ``query.limit`` media of the kind asked for, best first; none in a library without such.

        Raises BadArgument for terms that name nothing or cancel out, and when no way is left ModelUnavailable or
        ModelMismatch for the first.
        """
        if not query.terms or query.limit < 1:
            raise BadArgument("Say what to search for, and ask for one answer at least.")
        if query.modality not in _MODALITIES:
            raise BadArgument(f"There is no type {query.modality!r}: use one of {', '.join(_MODALITIES)}.")
        self._sources.refresh()
        targets = [
            model for model in self._store.models() if model.vectors and query.modality in ("any", model.modality)
        ]
        asked = [Asked(term, self._store, self._sources) for term in query.terms] if targets else []
        found: list[_Found] = []
        rows, problem = 0, None
        for target in targets:
            try:
                found += self._in(target, asked, query)
            except CANNOT as error:
                problem = problem or error
                continue
            rows += target.vectors
        if problem is not None and not rows:
            raise problem
        return self._hits(_merged(found, max(query.limit, LOOK)), rows, query.limit)

    def answering(self) -> list[Answering]:
        """Which kind of index answers for each model that has vectors, and why."""
        found = []
        for model in self._store.models():
            if model.vectors:
                collection = self._collections.of(model.name)
                record, live = collection.record, collection.live
                why = record.why if record is not None else "no index is built yet: every vector is compared"
                found.append(Answering(model.name, live.index.kind, why, live.problem))
        return found

    def _in(self, target: StoredModel, asked: Sequence[Asked], query: Query) -> list[_Found]:
        """The best hits among the vectors of ``target``."""
        centre = self._collections.of(target.name).live.centre
        resolved = [one.toward(target, centre) for one in asked]
        direction = combine([one.vector for one in resolved], [one.weight for one in asked])
        given = [one.media for one in asked if one.media is not None] if query.exclude_examples else []
        media, cosines = self._collections.ranked(target, direction, max(query.limit, LOOK), given)
        scores = self._cohorts.scale(asked, resolved, target).scores(direction, cosines)
        via = _via(target, resolved)
        return [_Found(*hit, via, target.modality) for hit in zip(scores.tolist(), media.tolist(), strict=True)]

    def _hits(self, found: Sequence[_Found], rows: int, limit: int) -> list[Hit]:
        line = likely([one.score for one in found], rows)
        hits = []
        for rank, one in enumerate(found[:limit], 1):
            places = self._store.locations(one.media)
            # Of several places the first that is there: a folder that was moved may not have been looked at again.
            there = (each for each in places if each.path is None or os.path.lexists(each.path))
            place = next(there, places[0] if places else None)
            url, path = (place.url, place.path) if place is not None else (None, None)
            words = self._store.words(one.media) if one.modality == "text" else None
            hits.append(Hit(rank, one.score, one.media, url, path, one.via, one.modality, rank <= line, words))
        return hits


def _merged(found: Sequence[_Found], most: int) -> list[_Found]:
    """Each item once, as it came best; best first, equal ones by their age in the library."""
    best: dict[int, _Found] = {}
    for one in sorted(found, key=lambda each: (-each.score, each.media)):
        best.setdefault(one.media, one)
    return list(best.values())[:most]


def _via(target: StoredModel, resolved: Sequence[Resolved]) -> str:
    """ "a → target", for each model that a term came by; the target alone for its own vectors."""
    ways = [
        target.name if route.map is None else f"{route.source.name} → {target.name}"
        for one in resolved
        for route in one.routes
    ]
    return " + ".join(dict.fromkeys(ways))
