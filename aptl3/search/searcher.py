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

import numpy as np

from aptl3.errors import BadArgument
from aptl3.records.model import StoredModel
from aptl3.records.query import Hit, Query
from aptl3.search.asked import CANNOT, Asked, Resolved
from aptl3.search.calibration import LOOK, likely
from aptl3.search.cohort import Cohorts
from aptl3.search.collection import Collections, Rows
from aptl3.search.direction import combine
from aptl3.search.embedders import Embedders, installed
from aptl3.search.sources import Sources
from aptl3.storage.store import Store
from aptl3.storage.vectors import NoSuchModel

_MODALITIES = ("image", "text", "any")


@dataclass(frozen=True)
class Answering:
    """What answers for a model: a kind of index and why it was chosen, or what is ``wrong`` with it (then ``kind`` is
    the exact scan that stands in, until the index is built anew)."""

    model: str
    kind: str
    why: str
    wrong: str | None


class Found(NamedTuple):
    """An item as one collection gave it."""

    score: float
    media: int
    via: str
    modality: str


class Ranking(NamedTuple):
    """Items, best first, each once, and how many of the first of them are above the line."""

    found: Sequence[Found]
    likely: int


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
        return self._hits(self.rank(query))

    def rank(self, query: Query, within: Rows | None = None) -> Ranking:
        """What ``search`` finds, without its places: these are read on disks. ``within``: only among these media items
        (int64), which are compared one by one."""
        if not query.terms or query.limit < 1:
            raise BadArgument("Say what to search for, and ask for one answer at least.")
        if query.modality not in _MODALITIES:
            raise BadArgument(f"There is no type {query.modality!r}: use one of {', '.join(_MODALITIES)}.")
        self._sources.refresh()
        targets = [
            model for model in self._store.models() if model.vectors and query.modality in ("any", model.modality)
        ]
        asked = [Asked(term, self._store, self._sources) for term in query.terms] if targets else []
        found: list[Found] = []
        rows, answered, problem = 0, False, None
        for target in targets:
            try:
                hits = self._in(target, asked, query, within)
            except NoSuchModel:  # taken out since the models were read
                continue
            except CANNOT as error:
                problem = problem or error
                continue
            answered = True
            found += hits
            rows += target.vectors if within is None else min(target.vectors, len(within))
        if problem is not None and not answered:
            raise problem
        merged = _merged(found, max(query.limit, LOOK))
        line = likely([one.score for one in merged], rows)
        return Ranking(merged[: query.limit], min(line, query.limit))

    def answering(self) -> list[Answering]:
        """Which kind of index answers for each model that has vectors, and why."""
        found = []
        for model in self._store.models():
            if model.vectors:
                try:
                    collection = self._collections.of(model.name)
                except NoSuchModel:  # taken out since the models were read
                    continue
                record, live = collection.record, collection.live
                why = record.why if record is not None else "no index is built yet: every vector is compared"
                found.append(Answering(model.name, live.index.kind, why, live.problem))
        return found

    def _in(self, target: StoredModel, asked: Sequence[Asked], query: Query, within: Rows | None) -> list[Found]:
        """The best hits among the vectors of ``target``."""
        centre = self._collections.of(target.name).live.centre
        resolved = [one.toward(target, centre) for one in asked]
        direction = combine([one.vector for one in resolved], [one.weight for one in asked])
        given = [one.media for one in asked if one.media is not None] if query.exclude_examples else []
        count = max(query.limit, LOOK)
        if within is None:
            media, cosines = self._collections.ranked(target, direction, count, given)
        else:
            media, cosines = self._collections.among(target, direction, count, within[~np.isin(within, given)])
        scores = self._cohorts.scale(asked, resolved, target).scores(direction, cosines)
        via = _via(target, resolved)
        return [Found(*hit, via, target.modality) for hit in zip(scores.tolist(), media.tolist(), strict=True)]

    def _hits(self, ranking: Ranking) -> list[Hit]:
        hits = []
        for rank, one in enumerate(ranking.found, 1):
            places = self._store.locations(one.media)
            # Of several places the first that is there: a folder that was moved may not have been looked at again.
            there = (each for each in places if each.path is None or os.path.lexists(each.path))
            place = next(there, places[0] if places else None)
            url, path = (place.url, place.path) if place is not None else (None, None)
            words = self._store.words(one.media) if one.modality == "text" else None
            hits.append(
                Hit(rank, one.score, one.media, url, path, one.via, one.modality, rank <= ranking.likely, words)
            )
        return hits


def _merged(found: Sequence[Found], most: int) -> list[Found]:
    """Each item once, as it came best; best first, equal ones by their age in the library."""
    best: dict[int, Found] = {}
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
