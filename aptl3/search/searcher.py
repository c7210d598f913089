"""Answers queries from the store: terms become one direction in a picture model's centred space, one scan ranks it.

Guarantees: every query sees all that is committed when it starts (index and tail), ranks by exact scores, and never
shows an item that was removed or is gone from everywhere. What is wrong with an index is no error: the exact scan
answers, and ``answering`` says so. Opening costs next to nothing; maps, indexes and models are opened by the
first query that needs them, and stay open. One ``Searcher`` belongs to one thread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aptl3.errors import BadArgument
from aptl3.records.index import IndexRecord
from aptl3.records.model import StoredModel
from aptl3.records.query import Hit, Query
from aptl3.search.direction import combine
from aptl3.search.embedders import Embedders, installed
from aptl3.search.terms import Terms
from aptl3.storage.index.live import LiveIndex, Ranked, open_live
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answering:
    """What answers for a model: a kind of index and why it was chosen, or what is ``wrong`` with it (then ``kind`` is
    the exact scan that stands in, until the index is built anew)."""

    model: str
    kind: str
    why: str
    wrong: str | None


class Searcher:
    """Searches the pictures in ``store``. ``cache`` holds converted models; ``embedders`` may stand in for those."""

    def __init__(self, store: Store, cache: Path, *, embedders: Embedders | None = None) -> None:
        self._store = store
        self._terms = Terms(store, embedders or installed(cache))
        self._live: dict[str, tuple[object, LiveIndex, IndexRecord | None]] = {}

    def close(self) -> None:
        """Lets go of models and maps."""
        self._terms.close()
        self._live.clear()

    def search(self, query: Query) -> list[Hit]:
        """The best ``query.limit`` media, best first; none in a library without pictures.

        Raises BadArgument for terms that name nothing or cancel out, ModelUnavailable and ModelMismatch when the models
        that made the library's vectors are not here.
        """
        if not query.terms or query.limit < 1:
            raise BadArgument("Say what to search for, and ask for one answer at least.")
        target = self._target()
        if target is None:
            return []
        centre = self._opened(target.name)[0].centre
        resolved = [self._terms.resolve(term, target, centre) for term in query.terms]
        direction = combine([one.vector for one in resolved], [term.weight for term in query.terms])
        given = [one.media for one in resolved if one.media is not None]
        media, scores = self._ranked(target.name, direction, query.limit, given if query.exclude_examples else [])
        return self._hits(media, scores, " + ".join(dict.fromkeys(one.via for one in resolved)))

    def answering(self) -> list[Answering]:
        """Which kind of index answers for each picture model that has vectors, and why."""
        found = []
        for model in self._store.models():
            if model.modality == "image" and model.vectors:
                live, record = self._opened(model.name)
                why = record.why if record is not None else "no index is built yet: every vector is compared"
                found.append(Answering(model.name, live.index.kind, why, live.problem))
        return found

    def _target(self) -> StoredModel | None:
        """The picture model with the most vectors: that in which most can be found."""
        pictures = [model for model in self._store.models() if model.modality == "image" and model.vectors]
        return max(pictures, key=lambda model: model.vectors, default=None)

    def _opened(self, model: str) -> tuple[LiveIndex, IndexRecord | None]:
        """The index and the rows committed by now; opened anew only when either has changed."""
        reader = self._store.vectors(model)
        record = next(iter(self._store.indexes(model)), None)
        state = (record and record.id, [(segment, len(rows)) for segment, rows in reader.segments])
        known = self._live.get(model)
        if known is None or known[0] != state:
            live = open_live(reader.dim, reader.segments, record, self._store.layout.index_folder(model))
            known = self._live[model] = (state, live, record)
        return known[1], known[2]

    def _ranked(self, model: str, direction: Floats, limit: int, without: Sequence[int]) -> tuple[Rows, Floats]:
        """Media items and scores, best first, of living rows."""

        def alive(found: Ranked) -> npt.NDArray[np.bool_]:
            media = self._media(model, found)
            placed = self._store.placed(media[media >= 0].tolist())  # what was deleted or edited is no answer any more
            return np.isin(media, list(placed)) & ~np.isin(media, without)

        while True:
            live, _ = self._opened(model)
            found = live.search(direction, limit, alive)
            if len(found.rows) == limit or self._opened(model)[0] is live:  # else a compaction was in the way
                return self._media(model, found), found.scores

    def _media(self, model: str, found: Ranked) -> Rows:
        media = np.full(len(found.rows), -1, np.int64)
        for segment in np.unique(found.segments):
            mine = found.segments == segment
            media[mine] = self._store.rows_to_media(model, int(segment), found.rows[mine])
        return media

    def _hits(self, media: Rows, scores: Floats, via: str) -> list[Hit]:
        hits = []
        for rank, (one, score) in enumerate(zip(media.tolist(), scores.tolist(), strict=True), 1):
            places = self._store.locations(one)
            # Of several places the first that is there: a folder that was moved may not have been looked at again.
            place = next((each for each in places if os.path.lexists(each.path)), places[0] if places else None)
            url, path = (place.url, place.path) if place is not None else (None, None)
            hits.append(Hit(rank, score, one, url, path, via))
        return hits
