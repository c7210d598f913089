"""``torchvision/<architecture>``: any classifier of torchvision's registry, up to the features before its last layer.

The last layer is the last ``Linear`` or ``Conv2d`` that the network defines (the auxiliary heads of GoogLeNet and
Inception come before it); the identity takes its place. Size, crop and normalization are those of the architecture's
default weights; the resampling is our own, so that a picture is resized once for models that want the same size.
Weights come from torch's own cache or from a file. What only importing torchvision tells (4 s) is remembered.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.config import torch_dir
from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models.remembered import remembered
from aptl3.models.source import Offer, Prototypes, existing
from aptl3.records.model import ModelSpec, PictureInput

if TYPE_CHECKING:
    import numpy as np
    import torch

PREFIX = "torchvision/"
LICENCE = "BSD-3-Clause; of the weights, see their source"
_ARCHITECTURE = re.compile(r"[a-z0-9_]{1,64}")
_DENSE = re.compile(
    r"(\.denselayer\d+\.(?:norm|conv))\.(\d)"
)  # how DenseNet's oldest weights, still in use, name layers


@dataclass(frozen=True)
class Classifier:
    """A ``PictureSource``, ``Fetchable``, with classes. ``weights`` is a file, None for those in torch's cache."""

    name: str
    weights: str | None

    @property
    def spec(self) -> ModelSpec:
        known = self._known()
        return ModelSpec(
            name=self.name,
            version="1",
            modality="image",
            dim=known["dim"],
            space=self.name,
            input=PictureInput(size=known["size"], crop=known["crop"]),
            licence=LICENCE,
            source=self.weights or known["url"],
        )

    def files(self) -> list[Path]:
        path = self._path()
        if self.weights is None and not path.is_file():
            raise ModelUnavailable(
                f"The weights of {self.name} are not on this machine: aptl3 models add {self.name} downloads them; "
                f"offline, fetch {self._known()['url']} yourself and put it to {path}, or give --weights FILE."
            )
        return [existing(path)]

    def fetch(self) -> None:
        if self.weights is None and not self._path().is_file():
            from aptl3.models.download import download

            url = self._known()["url"]
            digest = re.search(r"-([0-9a-f]{8,})\.", url)
            download(url, self._path(), digest[1] if digest else "")

    def network(self) -> torch.nn.Module:
        import torch

        from aptl3.models.features import unit_features

        body = self._classifier()
        parent, _, last = _last_layer(body)[0].rpartition(".")
        setattr(body.get_submodule(parent), last, torch.nn.Identity())
        return unit_features(body, self._known()["mean"], self._known()["std"])

    def prototypes(self) -> Prototypes:
        """The last layer's weights, and the classes' names as torchvision has them. ModelUnavailable when that layer
        is no linear function of the features (SqueezeNet's is a convolution with what follows it)."""
        import torch

        name, layer = _last_layer(self._classifier())
        if not isinstance(layer, torch.nn.Linear):
            raise ModelUnavailable(
                f"The classes of {self.name} are no directions of its space ({name} is a convolution): "
                "give it captions to be aligned by."
            )
        vectors: np.ndarray = layer.weight.detach().numpy()
        return Prototypes(list(_weights(self._architecture).meta["categories"]), vectors)

    @property
    def _architecture(self) -> str:
        return self.name.removeprefix(PREFIX)

    def _path(self) -> Path:
        if self.weights is not None:
            return Path(self.weights)
        file: str = self._known()["url"].rpartition("/")[2]
        return torch_dir() / "hub" / "checkpoints" / file

    def _known(self) -> dict[str, Any]:
        try:
            return remembered(self.name, [version("torchvision")], lambda: _describe(self._architecture))
        except ImportError as error:  # as that of a package's missing version is
            raise ModelUnavailable(f"torchvision cannot be loaded ({error}): pip install torchvision") from error

    def _classifier(self) -> Any:
        from aptl3.models.weights import fit, read

        (path,) = self.files()
        network = _build(self._architecture)
        weights = read(path)
        for old, new in renamed(weights).items():
            weights[new] = weights.pop(old)
        fit(network, weights, path, self.name)
        return network.eval()


def resolve(name: str) -> list[str]:
    bare = name.removeprefix(PREFIX)
    return [PREFIX + bare] if _ARCHITECTURE.fullmatch(bare) and bare in _architectures() else []


def source(name: str, weights: str | None) -> Classifier | None:
    found = Classifier(name, weights)
    if not name.startswith(PREFIX) or not _ARCHITECTURE.fullmatch(name.removeprefix(PREFIX)):
        return None
    return found


def offers() -> list[Offer]:
    return [Offer(PREFIX + one, "image", None, LICENCE, url) for one, url in _architectures().items()]


def renamed(names: Iterable[str]) -> dict[str, str]:
    """Old → new, for the layers that have another name today."""
    return {name: new for name in names if (new := _DENSE.sub(r"\1\2", name)) != name}


def _architectures() -> dict[str, str]:
    """By name, the address of the default weights; none without torchvision: then no name is of this family."""
    try:
        return remembered("torchvision", [version("torchvision")], _registered)
    except ImportError:  # as that of a package's missing version is
        return {}


def _registered() -> dict[str, str]:
    import torchvision.models

    return {one: _weights(one).url for one in torchvision.models.list_models(module=torchvision.models)}


def _weights(architecture: str) -> Any:
    import torchvision.models

    return torchvision.models.get_model_weights(architecture).DEFAULT


def _describe(architecture: str) -> dict[str, Any]:
    import torch

    if architecture not in (known := _architectures()):
        near = ", ".join(difflib.get_close_matches(architecture, known)) or "one that aptl3 models --available lists"
        raise BadArgument(f"torchvision has no classifier {architecture!r}: use {near}.")
    weights = _weights(architecture)
    wanted = weights.transforms()
    try:
        with torch.device("meta"):  # no memory, no random numbers: milliseconds
            network = _build(architecture)
    except NotImplementedError:  # RegNet computes its shape by tensors
        network = _build(architecture)
    layer = _last_layer(network)[1]
    return {
        "dim": layer.weight.shape[1],
        "size": wanted.crop_size[0],
        "crop": min(1.0, wanted.crop_size[0] / wanted.resize_size[0]),
        "mean": [255 * value for value in wanted.mean],
        "std": [255 * value for value in wanted.std],
        "url": weights.url,
    }


def _build(architecture: str) -> Any:
    """The network with random weights, in the shape that the default weights have."""
    import torchvision.models

    more: dict[str, Any] = {}
    if architecture in ("googlenet", "inception_v3"):
        more = {"init_weights": False, "transform_input": True, "aux_logits": True}
    elif architecture.startswith("vit_"):
        more = {"image_size": _weights(architecture).meta["min_size"][0]}
    return torchvision.models.get_model(architecture, weights=None, **more)


def _last_layer(network: Any) -> tuple[str, Any]:
    import torch

    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    return next((name, one) for name, one in reversed(list(network.named_modules())) if isinstance(one, kinds))
