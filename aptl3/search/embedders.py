"""What search needs of models, as small protocols, and the models and alignments behind them.

A model is opened when the first query needs it: words open no picture model, an example from the library opens none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aptl3.fitting.ways import Way, best
from aptl3.records.model import ModelRef, ModelSpec, StoredModel
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]
Map = Callable[[Floats], Floats]  # (n, dim of one model) → unit rows (n, dim of another) in its centred space


class Embedder(Protocol):
    """An open model. ``prove`` raises ModelMismatch."""

    @property
    def spec(self) -> ModelSpec: ...

    @property
    def fingerprint(self) -> str: ...

    def prove(self, probe: bytes) -> None: ...

    def close(self) -> None: ...


class TextEmbedder(Embedder, Protocol):
    """``embed``: n texts → float32 (n, dim), rows of unit length."""

    def embed(self, texts: Sequence[str]) -> Floats: ...


class PictureEmbedder(Embedder, Protocol):
    """``embed``: uint8 (n, size, size, 3) → float32 (n, dim), rows of unit length."""

    def embed(self, pictures: npt.NDArray[np.uint8]) -> Floats: ...


@dataclass(frozen=True)
class Embedders:
    """How to open models, how to describe one that the library has no row of (all three raise ModelUnavailable), and
    the way from one model's vectors to the space of another, None where there is none. ``defaults`` are names of models
    that embed queries though the library has no vectors of them, unless they were taken out of it."""

    texts: Callable[[ModelRef], TextEmbedder]
    pictures: Callable[[ModelRef], PictureEmbedder]
    describe: Callable[[ModelRef], StoredModel]
    way: Callable[[Store, StoredModel, StoredModel], Way | None]
    defaults: Sequence[str] = ()


def installed(cache: Path) -> Embedders:
    """The models of the registry, converted in the folder ``cache``, and the alignments of libraries and of the
    program."""
    from aptl3.models.registry import DEFAULTS

    def texts(ref: ModelRef) -> TextEmbedder:
        from aptl3.models.opening import open_text_model

        return open_text_model(ref, cache=cache)

    def pictures(ref: ModelRef) -> PictureEmbedder:
        from aptl3.models.opening import open_picture_model

        return open_picture_model(ref, cache=cache)

    def describe(ref: ModelRef) -> StoredModel:
        from aptl3.models.opening import unstored

        return unstored(ref, cache)

    return Embedders(texts, pictures, describe, best, DEFAULTS)
