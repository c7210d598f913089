"""Small collections of vectors from a seed, and what is true of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows


def collection(
    rows: int, dim: int = 32, seed: int = 0, dtype: str = "<f2", noise: float = 0.7
) -> npt.NDArray[np.floating]:
    """Unit rows in clusters that lie away from zero, as features after a rectifier do."""
    rng = np.random.default_rng(seed)
    centres = np.abs(rng.standard_normal((24, dim))) + 0.5
    vectors = centres[rng.integers(0, 24, rows)] + noise * rng.standard_normal((rows, dim))
    unit: npt.NDArray[np.floating] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(dtype)
    return unit


def segmented(vectors: npt.NDArray[np.floating], *cuts: int) -> list[tuple[int, npt.NDArray[np.floating]]]:
    """``vectors`` cut into segments with the ids 3, 5, 7 …"""
    return [(3 + 2 * number, part) for number, part in enumerate(np.split(vectors, cuts))]


def whole(vectors: npt.NDArray[np.floating], *cuts: int) -> tuple[Corpus, Centre]:
    corpus = Corpus.whole(vectors.shape[1], segmented(vectors, *cuts))
    return corpus, Centre(vectors.astype(np.float32).mean(axis=0))


def question(centre: Centre, seed: int = 1) -> Floats:
    """A unit direction that is no row's."""
    direction: Floats = centre.directions(collection(1, len(centre.mean), seed, "<f4").astype(np.float32))[0]
    return direction


def exact(vectors: npt.NDArray[np.floating], centre: Centre, direction: Floats, count: int) -> Rows:
    """Numbers of the best rows, best first, the plain way."""
    centred = vectors.astype(np.float64) - centre.mean
    scores = centred @ direction / np.linalg.norm(centred, axis=1)
    return np.argsort(-scores, kind="stable")[:count]
