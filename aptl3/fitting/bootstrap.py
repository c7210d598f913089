"""Words find pictures with no captions: the pairs that a classifier's own classes make.

The last layer of a classifier has a row of weights for each class, in the very space of its features, and each class
has a name: a thousand pairs of text and picture prototype. The text of a class is the mean over ``SENTENCES``, because
queries are sentences: their mean is then nearer to that of the class texts, by which queries are centred (the idea of
Radford et al., "CLIP", 2021, section 3.1.4). On COCO captions against their 80 photographs recall@1/@5/@10 of a
rotation went from 0.38/0.72/0.84 with the bare names to 0.42/0.77/0.90; with landmarks (``alignment/landmarks.py``) it
is 0.49/0.86/0.92. The list was written before it was measured; a second list of 24 gave the same within 0.01, and
random parts of that show that it is the number of sentences that helps.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import xxhash

from aptl3.errors import ModelUnavailable
from aptl3.fitting.recipes import Paired
from aptl3.models.written import folder_of, write_whole
from aptl3.records.model import StoredModel

SENTENCES = (
    "{}",
    "a photo of a {}",
    "a picture of a {}",
    "{} in a photo",
    "there is a {}",
    "a {} in the scene",
    "a man with a {}",
    "people and a {}",
    "a close up of a {}",
    "a {} on a table",
)


class Texts(Protocol):
    """What is needed of a text model."""

    def embed(self, texts: Sequence[str]) -> np.ndarray: ...


def classes_of(models: Sequence[StoredModel], cache: Path) -> list[Paired]:
    """For each list of classes that a picture model has, the prototypes of all models that have it and the texts that
    name them, by each text model. Picture models without classes, or whose packages are not here, are left out.

    Imports torch. Raises ModelUnavailable for a text model that cannot be opened.
    """
    from aptl3.models.opening import open_text_model
    from aptl3.models.registry import prototypes

    lists: dict[tuple[str, ...], dict[str, np.ndarray]] = {}
    for model in models:
        if model.modality == "image":
            with contextlib.suppress(ModelUnavailable):
                names, vectors = prototypes(model.ref)
                lists.setdefault(tuple(names), {})[model.name] = vectors
    for model in models:
        if model.modality != "text":
            continue
        for known, spaces in lists.items():
            place = _place(model, known, cache)
            rows = _kept(place, (len(known), model.dim))
            if rows is None:
                with open_text_model(model.ref, cache=cache) as texts:
                    rows = class_texts(texts, known)
                _keep(place, rows)
            spaces[model.name] = rows
    return [Paired(spaces) for spaces in lists.values() if len(spaces) > 1]


def class_texts(texts: Texts, names: Sequence[str]) -> np.ndarray:
    """One float64 row for each class: the mean of the vectors of its ``SENTENCES``."""
    rows = [np.asarray(texts.embed([sentence.format(name) for name in names]), np.float64) for sentence in SENTENCES]
    mean: np.ndarray = np.mean(rows, axis=0)
    return mean


# ---- ten thousand sentences take a text model some ten seconds, so what they came to is kept in the cache


def _place(model: StoredModel, names: Sequence[str], cache: Path) -> Path:
    asked = json.dumps([model.fingerprint, SENTENCES, names]).encode()
    return folder_of(cache, model.name) / f"classes-{xxhash.xxh3_128_hexdigest(asked)}.npy"


def _keep(place: Path, rows: np.ndarray) -> None:
    file = io.BytesIO()
    np.save(file, rows.astype("<f8"), allow_pickle=False)
    write_whole(place, file.getvalue())


def _kept(place: Path, shape: tuple[int, int]) -> np.ndarray | None:
    try:
        rows: np.ndarray = np.load(place, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if rows.shape == shape and np.isfinite(rows).all() else None
