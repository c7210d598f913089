"""Which way leads from one model's vectors to those of another: the same space, an alignment of the library, or one
that is shipped.

Guarantees: a model is known by its fingerprint, so that an alignment of a model that was replaced is never used; an
alignment whose file is gone or damaged is passed over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aptl3.alignment import file
from aptl3.alignment.joint import Joint
from aptl3.alignment.rows import unit_rows
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
    ``by`` says what leads there: "same space", the name of an alignment, or "shipped"; ``key`` tells its arrays from
    those of every other; ``skill`` is how well it leads (see ``skill.py``), 0 where nobody knows."""

    by: str
    map: Callable[[npt.ArrayLike], Floats]
    key: str
    skill: float = 0.0


def best(store: Store, source: StoredModel, target: StoredModel) -> Way | None:
    """The way from ``source`` to ``target``; None when there is none. ``source`` need not have vectors in the store.

    Models of one space need no alignment. Else the newest alignment that was fitted on pairs, or the newest bootstrap,
    covers both by fingerprint, or one that is shipped.
    """
    return next(every(store, source, target), None)


def every(store: Store, source: StoredModel, target: StoredModel) -> Iterator[Way]:
    """All ways from ``source`` to ``target``, the best first."""
    if source.space == target.space:
        yield Way("same space", _centring(store, source), "same space", 1.0)
    records = sorted(store.alignments(), key=lambda one: one.recipe == "bootstrap")  # stable: newest first among each
    for record in records:
        names = {fingerprint: name for name, fingerprint in record.models.items()}
        if source.fingerprint in names and target.fingerprint in names:
            with contextlib.suppress(ModelUnavailable):
                place = store.layout.alignment(record.file)
                sides = names[source.fingerprint], names[target.fingerprint]
                yield Way(record.name, _mapping(file.read(place), *sides), record.checksum, _skill(place, *sides))
    path = shipped.find(source.fingerprint, target.fingerprint)
    if path is not None:
        state = path.stat()
        joint, *both = shipped.read(path, source.fingerprint, target.fingerprint)
        key = f"shipped {state.st_size} {state.st_mtime_ns}"
        yield Way("shipped", _mapping(joint, *both), key, _skill(path, *both))


def _mapping(joint: Joint, source: str, target: str) -> Callable[[npt.ArrayLike], Floats]:
    return lambda vectors: joint.map(vectors, source, target)


def _skill(path: Path, source: str, target: str) -> float:
    found: float = file.about(path).get("skills", {}).get(source, {}).get(target, 0.0)
    return found


def _centring(store: Store, source: StoredModel) -> Callable[[npt.ArrayLike], Floats]:
    """Vectors less their own model's mean, where enough of them are known to have one: the two towers of a space have
    means far apart (W. Liang et al., "Mind the gap", 2022)."""
    mean = np.zeros(source.dim, np.float32)
    if source.vectors >= ENOUGH:
        rows = [rows for _, rows in store.vectors(source.name).segments]
        step = max(1, sum(map(len, rows)) // _SAMPLE)
        mean = np.concatenate([one[::step] for one in rows]).mean(axis=0, dtype=np.float32)
    return lambda vectors: unit_rows(np.asarray(vectors, np.float32) - mean)
