"""Which way leads from one model's vectors to those of another: the same space, an alignment of the library, or one
that is shipped.

Guarantees: a model is known by its fingerprint, so that an alignment of a model that was replaced is never used; an
alignment whose file is gone or damaged is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aptl3.alignment import file
from aptl3.alignment.joint import Joint, unit_rows
from aptl3.errors import ModelUnavailable
from aptl3.fitting import shipped
from aptl3.records.model import StoredModel
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]

ENOUGH = 50  # vectors of a model whose mean says something of the model, not of the few
_SAMPLE = 10_000  # vectors that a mean is taken of


@dataclass(frozen=True)
class Way:
    """``map``: vectors of the source, (n, d_source) → float32 (n, d_target), unit rows in the target's centred space.
    ``by`` says what leads there: "same space", the name of an alignment, or "shipped"."""

    by: str
    map: Callable[[npt.ArrayLike], Floats]


def best(store: Store, source: StoredModel, target: StoredModel) -> Way | None:
    """The way from ``source`` to ``target``; None when there is none. ``source`` need not have vectors in the store.

    Models of one space need no alignment. Else the newest alignment that was fitted on pairs, or the newest bootstrap,
    covers both by fingerprint, or one that is shipped.
    """
    if source.space == target.space:
        return Way("same space", _centring(store, source))
    for name, joint, source_side, target_side in _alignments(store, source.fingerprint, target.fingerprint):
        return Way(name, _mapping(joint, source_side, target_side))
    return None


def _alignments(store: Store, source: str, target: str) -> Iterator[tuple[str, Joint, str, str]]:
    records = sorted(store.alignments(), key=lambda one: one.recipe == "bootstrap")  # stable: newest first among each
    for record in records:
        names = {fingerprint: name for name, fingerprint in record.models.items()}
        if source in names and target in names:
            path = store.layout.alignments / record.file
            try:
                yield record.name, file.read(path), names[source], names[target]
            except ModelUnavailable:
                continue
    found = shipped.load(source, target)
    if found is not None:
        yield "shipped", *found


def _mapping(joint: Joint, source: str, target: str) -> Callable[[npt.ArrayLike], Floats]:
    return lambda vectors: joint.map(vectors, source, target)


def _centring(store: Store, source: StoredModel) -> Callable[[npt.ArrayLike], Floats]:
    """Vectors less their own model's mean, where enough of them are known to have one: the two towers of a space have
    means far apart (W. Liang et al., "Mind the gap", 2022)."""
    mean = np.zeros(source.dim, np.float32)
    if source.vectors >= ENOUGH:
        rows = [rows for _, rows in store.vectors(source.name).segments]
        step = max(1, sum(map(len, rows)) // _SAMPLE)
        mean = np.concatenate([one[::step] for one in rows]).mean(axis=0, dtype=np.float32)
    return lambda vectors: unit_rows(np.asarray(vectors, np.float32) - mean)
