"""What a model is, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ModelRef(NamedTuple):
    """How to get at a model: its name, and where its weights lie if not where its package or hub keeps them (a file or
    a folder, absolute)."""

    name: str
    weights: str | None = None


@dataclass(frozen=True)
class PictureInput:
    """How a picture model wants its input: the centred square whose side is ``crop`` × the shorter side, resized with
    antialiasing to ``size`` × ``size``, uint8 RGB, height × width × 3. Scaling of values belongs to the engine."""

    size: int
    crop: float


@dataclass(frozen=True)
class ModelSpec:
    """A model that the registry can load. ``space`` names the vector space: models of one space compare directly."""

    name: str
    version: str
    modality: str  # "image" or "text"
    dim: int
    space: str
    input: PictureInput | None  # None for a text model
    licence: str
    source: str  # where its weights come from, for people
    dtype: str = "float16"  # of stored vectors: "float16" or "float32", little-endian


@dataclass(frozen=True)
class StoredModel:
    """A model as one library knows it. ``fingerprint`` covers weights, version and preprocessing."""

    name: str
    fingerprint: str
    modality: str
    dim: int
    dtype: str
    space: str
    vectors: int = 0
    indexed: int = 0
    weights: str | None = None

    @property
    def ref(self) -> ModelRef:
        return ModelRef(self.name, self.weights)
