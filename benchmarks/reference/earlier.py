"""The recipe of the project's first proof of concept, to be compared with: no centring, no weights, no classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def fit(texts: Floats, pictures: Floats) -> Callable[[Floats], Floats]:
    """The map of pairs (n, dx), (n, dy): both sides padded by wrapping around to the larger dimension, each row
    normalized, scipy's ``orthogonal_procrustes``. What it gives is compared with pictures as they are, by cosine."""
    from scipy.linalg import orthogonal_procrustes

    dim = max(texts.shape[1], pictures.shape[1])
    rotation = orthogonal_procrustes(_padded(texts, dim), _padded(pictures, dim))[0]
    return lambda asked: _unit(_padded(asked, dim) @ rotation)[:, : pictures.shape[1]]


def _padded(rows: Floats, dim: int) -> Floats:
    return _unit(np.pad(rows, ((0, 0), (0, dim - rows.shape[1])), mode="wrap"))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
