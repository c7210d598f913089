"""Held-out queries of one model against the collection of another, and what answers them.

Between texts and pictures the pairs of a relation are the answers; between two models of one modality a media item is
its own answer. Queries and answers are held out by the picture (``fitting/splitting.py``); whatever else the library
holds are their rivals, as in a search. A pair that is right but not held out is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xxhash

from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.metrics import Ranks
from aptl3.fitting.evaluation.ranking import Truth
from aptl3.fitting.splitting import Mask, held_out, parts
from aptl3.storage.index.corpus import Floats, Rows
from aptl3.storage.store import Store


@dataclass(frozen=True)
class Pairs:
    """All pairs of a relation, int64 (n,) each, by picture in the order of their hashes, which is a random one. Some
    are ``held`` out, some are for ``training``, bool (n,); a pair may be neither."""

    pictures: Rows
    texts: Rows
    held: Mask
    training: Mask

    @classmethod
    def of(cls, store: Store, relation: int) -> Pairs:
        """Those of the relation with this id."""
        pairs = np.asarray(store.pairs(relation), np.int64).reshape(-1, 2)
        pictures, owner = np.unique(pairs[:, 0], return_inverse=True)
        hashes = store.hashes(pictures.tolist())
        training, held = parts(pairs, held_out(hashes)[owner])
        place = np.empty(len(hashes), np.int64)
        place[sorted(range(len(hashes)), key=hashes.__getitem__)] = np.arange(len(hashes))
        order = np.argsort(place[owner], kind="stable")
        return cls(pairs[order, 0], pairs[order, 1], held[order], training[order])


@dataclass(frozen=True)
class Trial:
    """``media`` int64 (n,) asks, ``truth`` numbers them and the target's rows; ``clusters`` is the picture by which
    each is drawn in a bootstrap."""

    source: Collection
    target: Collection
    media: Rows
    clusters: Ranks
    truth: Truth

    @property
    def answers(self) -> float:
        """Right ones that count, for a query, on average."""
        return float(np.count_nonzero(self.truth.counted)) / max(1, len(self.media))

    @property
    def digest(self) -> str:
        """What the outcome of a search for these queries depends on, but for the way."""
        whole = xxhash.xxh3_128()
        for array in (self.media, self.truth.queries, self.truth.rows, self.truth.counted):
            whole.update(np.ascontiguousarray(array, "<i8").tobytes())
        whole.update(f"{self.source.digest} {self.target.digest}".encode())
        return whole.hexdigest()

    def first(self, most: int) -> Trial:
        """With the first ``most`` queries only."""
        kept = self.truth.queries < most
        truth = Truth(self.truth.queries[kept], self.truth.rows[kept], self.truth.counted[kept])
        return replace(self, media=self.media[:most], clusters=self.clusters[:most], truth=truth)

    def vectors(self) -> Floats:
        """Those of the queries, as stored: float32 (n, dim)."""
        return self.source.vectors(self.media)


def trial(source: Collection, target: Collection, pairs: Pairs, most: int) -> Trial:
    """At most ``most`` queries, of the pictures whose hashes come first; none where nothing is held out for the two."""
    picture, text = pairs.pictures, pairs.texts
    asked = picture if source.model.modality == "image" else text
    answer = picture if target.model.modality == "image" else text
    rows = target.numbers(answer)
    usable = (source.numbers(asked) >= 0) & (rows >= 0)
    media, clusters = _first(asked[usable & pairs.held], picture[usable & pairs.held], most)
    order = np.argsort(media, kind="stable")
    at = np.minimum(np.searchsorted(media, asked, sorter=order), max(0, len(media) - 1))
    numbers = order[at] if len(media) else at
    mine = usable & (media[numbers] == asked) if len(media) else np.zeros(len(asked), bool)
    unique = np.unique(np.stack([numbers[mine], rows[mine], pairs.held[mine]]), axis=1)
    return Trial(source, target, media, clusters, Truth(unique[0], unique[1], unique[2].astype(bool)))


def _first(media: Rows, pictures: Rows, most: int) -> tuple[Rows, Ranks]:
    """The first distinct ``media``, in order, each with its first picture."""
    distinct, first = np.unique(media, return_index=True)
    order = np.argsort(first, kind="stable")[:most]
    return distinct[order], pictures[first[order]]
