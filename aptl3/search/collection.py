"""The vectors of one model, ready to be asked: the index and what came after it, a sample of its rows, whose rows they
are.

Guarantees: sees all that is committed when it is asked, and gives no item that was removed or is gone from everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from aptl3.records.index import IndexRecord
from aptl3.records.model import StoredModel
from aptl3.search.calibration import SAMPLE, Scale
from aptl3.storage.index.live import LiveIndex, Ranked, open_live
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

LITTLE = 1.01  # times the rows that were sampled still look like them
BLOCK = 4096  # vectors that are compared at once where no index helps: 20 MB of 1280 dimensions


class Collection:
    """One state of a model's vectors. ``scales``: of queries by their make (``cohort.py``), which go with it. Both they
    and the sample of rows are those of the state ``before``, where only a little came behind the same index: while an
    ingestion commits, a search of a million vectors would read the sample anew each time."""

    def __init__(self, live: LiveIndex, record: IndexRecord | None, before: Collection | None = None) -> None:
        self.live = live
        self.record = record
        sampled: Collection = (
            before._sampled if before is not None and record is not None and before.record == record else self
        )
        self._sampled: Collection = sampled if len(live) <= LITTLE * len(sampled.live) else self
        self._scales: dict[object, tuple[object, Scale]] = {}

    @property
    def scales(self) -> dict[object, tuple[object, Scale]]:
        return self._sampled._scales

    @property
    def sample(self) -> Floats:
        """Centred unit directions of rows spread over all: float32 (n, dim)."""
        return self._sampled._sample

    @cached_property
    def _sample(self) -> Floats:
        return self.live.sample(SAMPLE)


class Collections:
    """The collections of ``store``, opened by the first query that needs them and anew when something was committed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, tuple[object, Collection]] = {}

    def close(self) -> None:
        """Lets go of the maps."""
        self._open.clear()

    def of(self, model: str) -> Collection:
        """The model's rows that are committed by now. Raises NoSuchModel for one without a row here."""
        reader = self._store.vectors(model)
        record = next(iter(self._store.indexes(model)), None)
        state = (record and record.id, [(segment, len(rows)) for segment, rows in reader.segments])
        known = self._open.get(model)
        if known is None or known[0] != state:
            live = open_live(reader.dim, reader.segments, record, self._store.layout.index_folder(model))
            known = self._open[model] = (state, Collection(live, record, known and known[1]))
        return known[1]

    def ranked(self, model: StoredModel, direction: Floats, count: int, without: Sequence[int]) -> tuple[Rows, Floats]:
        """The best ``count`` media items for a unit direction in the centred space, best first, and their cosines."""

        def alive(found: Ranked) -> npt.NDArray[np.bool_]:
            media = self._media(model.name, found)
            placed = self._store.placed(media[media >= 0].tolist())  # what was deleted or edited is no answer any more
            return np.isin(media, list(placed)) & ~np.isin(media, without)

        while True:
            collection = self.of(model.name)
            found = collection.live.search(direction, count, alive)
            if len(found.rows) == count or self.of(model.name) is collection:  # else a compaction was in the way
                return self._media(model.name, found), found.scores

    def among(self, model: StoredModel, direction: Floats, count: int, media: Rows) -> tuple[Rows, Floats]:
        """The same of these media items only, by comparing each of them that has a vector."""
        centre = self.of(model.name).live.centre
        cosines = np.full(len(media), -np.inf, np.float32)
        for start in range(0, len(media), BLOCK):
            part = media[start : start + BLOCK]
            there, vectors = self._store.known_vectors(model.name, part)
            if len(vectors):
                cosines[start : start + BLOCK][there] = centre.directions(vectors) @ direction
        best = np.lexsort((media, -cosines))[:count]
        best = best[np.isfinite(cosines[best])]
        return media[best], cosines[best]

    def _media(self, model: str, found: Ranked) -> Rows:
        media = np.full(len(found.rows), -1, np.int64)
        for segment in np.unique(found.segments):
            mine = found.segments == segment
            media[mine] = self._store.rows_to_media(model, int(segment), found.rows[mine])
        return media
