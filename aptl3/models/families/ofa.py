"""``ofa/<net id>``: the specialized networks of Once-for-All, up to the features before the classifier.

A model is a folder of three files, as its authors publish it: ``net.config`` (the layers), ``run.config`` (the size of
pictures) and ``init`` (the weights). The network's code is that of the package ofa. That would download into the
current directory; we keep the files in torch's cache. Cai et al., "Once-for-All", 2020 (arXiv:1908.09791).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.config import torch_dir
from aptl3.errors import ModelUnavailable
from aptl3.models.source import Offer, Prototypes
from aptl3.records.model import ModelSpec, PictureInput

if TYPE_CHECKING:
    import numpy as np
    import torch

PREFIX = "ofa/"
_LICENCE = "MIT"
_NET_ID = re.compile(r"[\w.@+-]{1,128}")
_PUBLISHED = "https://raw.githubusercontent.com/han-cai/files/master/ofa/ofa_specialized"
_KNOWN = (  # what is listed; any other id will do
    "flops@389M_top1@79.1_finetune@75",
    "flops@482M_top1@79.6_finetune@75",
    "flops@595M_top1@80.0_finetune@75",
)
_NET, _RUN, _WEIGHTS = "net.config", "run.config", "init"
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # as these networks were trained
_CROP = 0.875


@dataclass(frozen=True)
class Specialized:
    """A ``PictureSource``, ``Fetchable``, with classes where they are ImageNet's. ``weights`` is a folder, None for
    the one in the cache."""

    name: str
    weights: str | None

    @property
    def spec(self) -> ModelSpec:
        size = int(self._told(_RUN, "image_size"))
        return ModelSpec(
            name=self.name,
            version="1",
            modality="image",
            dim=int(self._told(_NET, "classifier", "in_features")),
            space=self.name,
            input=PictureInput(size=size, crop=size / math.ceil(size / _CROP)),
            licence=_LICENCE,
            source=self.weights or self._url,
        )

    def files(self) -> list[Path]:
        return [self._file(name) for name in (_WEIGHTS, _NET, _RUN)]

    def fetch(self) -> None:
        if self.weights is not None:
            return
        from aptl3.models.download import download

        for name in (_NET, _RUN, _WEIGHTS):
            if not (self._folder / name).is_file():
                download(f"{self._url}/{name}", self._folder / name, by_hand=self._by_hand)

    def network(self) -> torch.nn.Module:
        import torch

        from aptl3.models.features import unit_features

        body = self._classifier()
        body.classifier = torch.nn.Identity()
        return unit_features(body, [255 * value for value in _MEAN], [255 * value for value in _STD])

    def prototypes(self) -> Prototypes:
        """The classifier's weights and ImageNet's class names. ModelUnavailable: other classes, torchvision missing."""
        try:
            from torchvision.models import EfficientNet_B0_Weights
        except ImportError as error:
            raise ModelUnavailable(f"torchvision cannot be loaded: pip install torchvision ({error})") from error
        names = list(EfficientNet_B0_Weights.DEFAULT.meta["categories"])
        vectors: np.ndarray = self._classifier().classifier.linear.weight.detach().numpy()
        if len(vectors) != len(names):
            raise ModelUnavailable(
                f"The {len(vectors)} classes of {self.name} have no names: give it captions to be aligned by."
            )
        return Prototypes(names, vectors)

    @property
    def _url(self) -> str:
        return f"{_PUBLISHED}/{_plain(self.name)}"

    @property
    def _folder(self) -> Path:
        return Path(self.weights) if self.weights is not None else torch_dir() / "ofa_specialized" / _plain(self.name)

    def _file(self, name: str) -> Path:
        path = self._folder / name
        if path.is_file():
            return path
        if self.weights is not None:
            raise ModelUnavailable(f"{self._folder} holds no {name}: give the folder of {_NET}, {_RUN} and {_WEIGHTS}.")
        raise ModelUnavailable(
            f"{self.name} is not on this machine: aptl3 models add {self.name} downloads it; offline, {self._by_hand}."
        )

    @property
    def _by_hand(self) -> str:
        return (
            f"fetch {_NET}, {_RUN} and {_WEIGHTS} from {self._url}/ yourself and put them to {self._folder}, or give "
            "--weights FOLDER"
        )

    def _told(self, file: str, *keys: str) -> Any:
        """What the configuration in ``file`` says under ``keys``, one within the other; all of it without keys."""
        path = self._file(file)
        try:
            found = json.loads(path.read_text("utf-8"))
            for key in keys:
                found = found[key]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(f"{path} is no configuration of an OFA network: get it again.") from error
        return found

    def _classifier(self) -> Any:
        from aptl3.models.weights import fit, read

        path, _, _ = self.files()
        network = _build(self._told(_NET), self._folder)
        fit(network, read(path), path, self.name)
        return network.eval()


def resolve(name: str) -> list[str]:
    bare = name.removeprefix(PREFIX)
    return [PREFIX + bare] if _NET_ID.fullmatch(bare) and (bare != name or "_top1@" in bare) else []


def source(name: str, weights: str | None) -> Specialized | None:
    own = name.startswith(PREFIX) and _NET_ID.fullmatch(name.removeprefix(PREFIX))
    return Specialized(name, weights) if own else None


def offers() -> list[Offer]:
    return [Offer(PREFIX + one, "image", None, _LICENCE, f"{_PUBLISHED}/{_plain(one)}") for one in _KNOWN]


def _plain(name: str) -> str:
    """A net id as its authors name the folder."""
    return name.removeprefix(PREFIX).replace("@", "-")


def _build(config: Mapping[str, Any], folder: Path) -> Any:
    """The network with random weights."""
    try:
        from ofa.imagenet_classification.networks import get_net_by_name
    except ImportError as error:
        raise ModelUnavailable(f"The package ofa cannot be loaded: pip install ofa ({error})") from error
    try:
        return get_net_by_name(config["name"]).build_from_config(config)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelUnavailable(f"{folder / _NET} is no configuration of an OFA network: get it again.") from error
