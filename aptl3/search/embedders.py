"""What search needs of models, as small protocols, and the installed models behind them.

A model is opened when the first query needs it: words open no picture model, an example from the library opens none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aptl3.errors import ModelUnavailable
from aptl3.records.model import ModelSpec, StoredModel

Floats = npt.NDArray[np.float32]


class PictureEmbedder(Protocol):
    """``embed``: uint8 (n, size, size, 3) → float32 (n, dim), rows of unit length. ``prove`` raises ModelMismatch."""

    @property
    def spec(self) -> ModelSpec: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, pictures: npt.NDArray[np.uint8]) -> Floats: ...

    def prove(self, probe: bytes) -> None: ...

    def close(self) -> None: ...


class Way(Protocol):
    """From words to the centred space of a picture model. ``embed`` gives float32 (n, dim), rows of unit length."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Floats: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Embedders:
    """How to open the way from words to a stored model, and that model itself. Both raise ModelUnavailable."""

    words: Callable[[StoredModel], Way]
    pictures: Callable[[StoredModel], PictureEmbedder]


def installed(cache: Path) -> Embedders:
    """The models of the registry, converted in the folder ``cache``, and the alignment that is shipped."""

    def words(target: StoredModel) -> Way:
        return _Aligned(target, cache)

    def pictures(target: StoredModel) -> PictureEmbedder:
        from aptl3.models.opening import open_picture_model

        return open_picture_model(target.name, cache=cache)

    return Embedders(words, pictures)


class _Aligned:
    """The default text model, then the alignment from its space to the target's."""

    def __init__(self, target: StoredModel, cache: Path) -> None:
        from aptl3.fitting.shipped import load
        from aptl3.models.opening import fingerprint, open_text_model
        from aptl3.models.registry import DEFAULT_TEXT

        found = load(fingerprint(DEFAULT_TEXT, cache), target.fingerprint)
        if found is None:
            raise ModelUnavailable(f"no alignment leads from words to {target.name}; search by example instead")
        self.name = f"{DEFAULT_TEXT} → {target.name}"
        self._joint, *self._names = found
        self._model = open_text_model(DEFAULT_TEXT, cache=cache)

    def embed(self, texts: Sequence[str]) -> Floats:
        return self._joint.map(self._model.embed(texts), *self._names)

    def close(self) -> None:
        self._model.close()
