"""The rows of a relation: for each photograph that trains its vectors, and the mean of its captions' vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aptl3.alignment.rows import unit_rows
from aptl3.fitting import splitting
from aptl3.fitting.recipes import Paired
from aptl3.records.model import StoredModel
from aptl3.storage.store import Store

Media = npt.NDArray[np.int64]


def training(store: Store, models: Sequence[StoredModel], relation: int, limit: int | None = None) -> Paired:
    """The training part of a relation (see ``splitting``), in an order that their contents decide, at most ``limit``
    photographs. Those without a caption or a vector of any of the picture models are left out."""
    pairs = store.pairs(relation)
    pictures = np.unique(pairs[:, 0])
    hashes = store.hashes(pictures.tolist())
    order = sorted(np.flatnonzero(~splitting.held_out(hashes)).tolist(), key=lambda at: hashes[at][8:])
    return rows(store, models, pairs, pictures[order][:limit])


def rows(store: Store, models: Sequence[StoredModel], pairs: Media, pictures: Media) -> Paired:
    """One row for each of ``pictures`` that a picture model and a text model have vectors for; ``pairs`` (n, 2) say
    which texts are its captions."""
    pairs = pairs[np.isin(pairs[:, 0], pictures)]
    texts, text_of = np.unique(pairs[:, 1], return_inverse=True)
    order = np.argsort(pictures, kind="stable")
    picture_of = order[np.searchsorted(pictures, pairs[:, 0], sorter=order)]
    spaces, present = {}, {}
    for model in models:
        if model.modality == "text":
            has, known = store.known_vectors(model.name, texts)
            vectors = np.zeros((len(texts), model.dim), np.float32)
            vectors[has] = known
            spaces[model.name], present[model.name] = _means(vectors, has, text_of, picture_of, len(pictures))
        else:
            has, known = store.known_vectors(model.name, pictures)
            spaces[model.name] = np.zeros((len(pictures), model.dim), np.float32)
            spaces[model.name][has] = known
            present[model.name] = has
    useful = np.sum(list(present.values()), axis=0) >= 2
    return Paired(
        {name: one[useful] for name, one in spaces.items()}, {name: one[useful] for name, one in present.items()}
    )


def _means(
    vectors: npt.NDArray[np.float32],
    has: npt.NDArray[np.bool_],
    text_of: Media,
    picture_of: Media,
    pictures: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The mean of the captions of each picture, (pictures, d), and which pictures have one."""
    known = has[text_of]
    sums = np.zeros((pictures, vectors.shape[1]), np.float32)
    np.add.at(sums, picture_of[known], vectors[text_of[known]])
    return unit_rows(sums), np.bincount(picture_of[known], minlength=pictures) > 0
