"""All vectors of one model in a library as they are searched: numbered rows, centred by their own mean.

Rows stay memory-mapped; nothing is held but the media item of each row and the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xxhash

from aptl3.records.model import StoredModel
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.store import Store


@dataclass(frozen=True)
class Collection:
    """``media`` int64 (rows,): the media item of each row of ``corpus``, −1 where it was removed."""

    model: StoredModel
    corpus: Corpus
    media: Rows

    @classmethod
    def of(cls, store: Store, model: StoredModel) -> Collection:
        """The rows of ``model`` that are committed now."""
        while True:
            reader = store.vectors(model.name)
            segments = list(reader.segments)
            owners = [store.media_of_segment(segment)[: len(rows)] for segment, rows in segments]
            media = np.concatenate([np.empty(0, np.int64), *owners])
            corpus = Corpus.whole(reader.dim, segments)
            if len(media) == len(corpus):  # else a compaction has just replaced a segment
                return cls(model, corpus, media)

    @cached_property
    def centre(self) -> Centre:
        return Centre.of((block for _, block in self.corpus.blocks()), self.corpus.dim)

    @cached_property
    def alive(self) -> npt.NDArray[np.bool_]:
        return self.media >= 0

    @cached_property
    def size(self) -> int:
        """Rows that can be found."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def digest(self) -> str:
        """Another one for other rows: a row never changes, and a media item's number is never given again."""
        return xxhash.xxh3_128_hexdigest(self.model.fingerprint.encode() + self.media.astype("<i8").tobytes())

    @cached_property
    def _order(self) -> Rows:
        return np.argsort(self.media, kind="stable")

    def numbers(self, media: Rows) -> Rows:
        """The rows of media items, −1 for one that has none here."""
        if not len(self.media):
            return np.full(len(media), -1, np.int64)
        at = np.minimum(np.searchsorted(self.media, media, sorter=self._order), len(self.media) - 1)
        found = self._order[at]
        return np.where((self.media[found] == media) & (media >= 0), found, -1)

    def vectors(self, media: Rows) -> Floats:
        """Their vectors as stored, float32 (n, dim); each must have one here."""
        return self.corpus.take(self.numbers(media))

    def directions(self, numbers: Rows) -> Floats:
        """Rows by number, centred and of unit length."""
        return self.centre.directions(self.corpus.take(numbers))

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """(number of the first row, centred unit rows) over all rows, dead ones too."""
        return ((start, self.centre.directions(block)) for start, block in self.corpus.blocks())
