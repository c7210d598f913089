"""Questions of the same make as a query, by which its scores are judged (see ``calibration.py``).

For words these are plain everyday questions, embedded and mapped as the words were; for an example other items of the
library, by the models and maps that it came by; for a query of several parts, mixtures of these with the same weights.
Computed once for each make of query and state of a collection.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aptl3.alignment.rows import unit_rows
from aptl3.fitting.questions import QUESTIONS
from aptl3.records.model import StoredModel
from aptl3.search.asked import Asked, Resolved
from aptl3.search.calibration import Scale, scale
from aptl3.search.collection import Collection, Collections
from aptl3.search.sources import Route, Sources
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

ASK = QUESTIONS[::8]  # 24 plain ones, without a place: a spread known to 3 % for 25 ms of embedding
_ITEMS = 48  # these cost nothing
_STEP = 7  # parts of a query are mixed with questions so far apart, so that none is mixed with itself
_MOST = 256  # scales that are kept: a user who tries weights makes ever new ones


class Cohorts:
    """The scales of queries, for each make of query and collection."""

    def __init__(self, store: Store, sources: Sources, collections: Collections) -> None:
        self._store = store
        self._sources = sources
        self._collections = collections
        self._questions: dict[tuple[str, str], Floats] = {}  # by the model's name and fingerprint

    def scale(self, asked: Sequence[Asked], resolved: Sequence[Resolved], target: StoredModel) -> Scale:
        """How queries of the make of this one score in the collection of ``target``."""
        collection = self._collections.of(target.name)
        largest = max(abs(one.weight) for one in asked)
        weights = [one.weight / largest for one in asked]
        routes = [tuple(route.source.name for route in one.routes) for one in resolved]
        make = tuple(zip(weights, routes, (one.is_example for one in asked), strict=True))
        known = collection.scales.get(make)
        if known is None or known[0] is not self._sources.state:
            each = [self._alike(one, came, collection) for one, came in zip(asked, resolved, strict=True)]
            parts = [(weight, rows) for weight, rows in zip(weights, each, strict=True) if len(rows)]
            if len(collection.scales) >= _MOST:
                collection.scales.clear()
            found = scale(_mixed(parts) if parts else each[0], collection.sample)
            known = collection.scales[make] = (self._sources.state, found)
        return known[1]

    def _alike(self, asked: Asked, resolved: Resolved, collection: Collection) -> Floats:
        """Questions like one term, unit rows (n, dim); none where the library has nothing like it."""
        first = resolved.routes[0].source
        if asked.is_example and first.vectors:
            media = self._items(first)
            found = [self._items_by(route, media, collection) for route in resolved.routes]
        elif asked.modality == "text":
            found = [self._mapped(route, self._everyday(route.source), collection) for route in resolved.routes]
        else:
            return np.empty((0, collection.sample.shape[1]), np.float32)
        rows = unit_rows(np.sum(found, axis=0))
        return rows[rows.any(axis=1)].astype(np.float32, copy=False)

    def _everyday(self, source: StoredModel) -> Floats:
        key = (source.name, source.fingerprint)
        if key not in self._questions:
            self._questions[key] = self._sources.texts(source).embed(ASK)
        return self._questions[key]

    def _items(self, source: StoredModel) -> Rows:
        """Media items with a vector of ``source``, spread over all of them: int64 (n,)."""
        lengths = {segment: len(rows) for segment, rows in self._store.vectors(source.name).segments}
        rows = np.linspace(0, sum(lengths.values()) - 1, _ITEMS).astype(np.int64)
        media, start = [], 0
        for segment, length in lengths.items():
            here = np.unique(rows[(rows >= start) & (rows < start + length)]) - start
            media.append(self._store.rows_to_media(source.name, segment, here))
            start += length
        found = np.concatenate(media)
        return found[found >= 0]

    def _items_by(self, route: Route, media: Rows, collection: Collection) -> Floats:
        """Those items as a route brings them, (n, dim of the target); zeros for one that it has not."""
        found = np.zeros((len(media), collection.sample.shape[1]), np.float32)
        there, vectors = self._store.known_vectors(route.source.name, media)
        if len(vectors):
            found[there] = self._mapped(route, vectors, collection)
        return found

    @staticmethod
    def _mapped(route: Route, vectors: Floats, collection: Collection) -> Floats:
        return collection.live.centre.directions(vectors) if route.map is None else route.map(vectors)


def _mixed(parts: Sequence[tuple[float, Floats]]) -> Floats:
    """Weighted sums of a row of each part, (n, dim), as unit rows."""
    most = max(len(rows) for _, rows in parts)
    total = sum(
        weight * rows[(np.arange(most) + number * _STEP) % len(rows)] for number, (weight, rows) in enumerate(parts)
    )
    return unit_rows(np.asarray(total, np.float32))
