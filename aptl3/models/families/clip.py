"""CLIP as sentence-transformers has it: a tower for pictures and one for texts, which end in one space.

``clip-ViT-B-32`` is the tower of pictures, ``clip-ViT-B-32-text`` that of texts, ``clip-ViT-B-32-multilingual-v1`` a
text model of its own that was trained into the same space; likewise for any other ``clip-…``. A user who says
``sentence-transformers/clip-ViT-B-32``, or the bare name, means both towers. Weights are a folder, as the hub or the
user keeps it: CLIP's configuration, weights and vocabulary. Radford et al., "CLIP", 2021 (arXiv:2103.00020).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models import hub
from aptl3.models.cliptext import graph, tokenizer
from aptl3.models.families import sentences
from aptl3.models.source import Offer
from aptl3.records.model import ModelSpec, PictureInput

if TYPE_CHECKING:
    import openvino
    import torch

_NAME = re.compile(r"(clip-[A-Za-z0-9.-]{1,64}?)(-text|-multilingual-v1)?")
_KNOWN = {"clip-ViT-B-32": 512, "clip-ViT-B-16": 512, "clip-ViT-L-14": 768}
_LICENCE = "MIT"
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of CLIP's training
_FILES = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "vocab.json",
    "merges.txt",
)


@dataclass(frozen=True)
class Tower:
    """What the two have in common. ``Fetchable``. ``pair`` names both and their space; ``weights`` is a folder, None
    for that in the hub's cache."""

    name: str
    pair: str
    weights: str | None

    def files(self) -> list[Path]:
        there = [self._folder / name for name in _FILES]
        return [self._weights(), *(path for path in there if path.is_file())]

    def fetch(self) -> None:
        if self.weights is None:
            hub.fetch(self._repository, self.pair, lambda: replace(self)._whole())

    @property
    def _repository(self) -> str:
        return sentences.PREFIX + self.pair

    @cached_property
    def _folder(self) -> Path:
        """Where the configuration of CLIP itself lies."""
        folder = Path(self.weights) if self.weights is not None else hub.kept(self._repository)
        if folder is None:
            raise ModelUnavailable(
                f"{self.pair} is not on this machine: aptl3 models add {self.pair} downloads it; without a network, "
                + hub.by_hand(self._repository)
            )
        for inner in (folder, folder / "0_CLIPModel"):
            if (inner / "config.json").is_file():
                return inner
        raise ModelUnavailable(f"The folder {folder} holds no CLIP model: there is no config.json in it.")

    @cached_property
    def _config(self) -> dict[str, Any]:
        path = self._folder / "config.json"
        try:
            found = json.loads(path.read_text("utf-8"))
            if found["model_type"] == "clip" and {"text_config", "vision_config", "projection_dim"} <= found.keys():
                return dict(found)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise ModelUnavailable(f"{path} is no configuration of CLIP: give the folder of a CLIP model.")

    def _spec(self, modality: str, wanted: PictureInput | None) -> ModelSpec:
        return ModelSpec(
            name=self.name,
            version="1",
            modality=modality,
            dim=int(self._config["projection_dim"]),
            space=self.pair,
            input=wanted,
            licence=_LICENCE,
            source=f"https://huggingface.co/{self._repository}",
        )

    def _whole(self) -> None:
        """ModelUnavailable unless all that both towers need is there, as the hub has it."""
        if not (self._config and self._weights() and self._vocabulary() and self._preprocessor()):
            raise ModelUnavailable(f"The folder {self._folder} holds no preprocessor_config.json: fetch it again.")

    def _preprocessor(self) -> Path | None:
        there = (self._folder / name for name in ("preprocessor_config.json", "processor_config.json"))
        return next((path for path in there if path.is_file()), None)

    def _vocabulary(self) -> list[Path]:
        """``tokenizer.json``; in older folders ``vocab.json`` and ``merges.txt``."""
        for names in (("tokenizer.json",), ("vocab.json", "merges.txt")):
            paths = [self._folder / name for name in names]
            if all(path.is_file() for path in paths):
                return paths
        raise ModelUnavailable(f"The folder {self._folder} holds no tokenizer.json: give all files of the model.")

    def _weights(self) -> Path:
        for name in ("model.safetensors", "pytorch_model.bin"):
            if (self._folder / name).is_file():
                return self._folder / name
        raise ModelUnavailable(f"The folder {self._folder} holds no model.safetensors: give all files of the model.")


class Pictures(Tower):
    """A ``PictureSource``."""

    @property
    def spec(self) -> ModelSpec:
        size, shorter = self._preprocessing()[:2]
        return self._spec("image", PictureInput(size=size, crop=min(1.0, size / shorter)))

    def network(self) -> torch.nn.Module:
        import torch
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

        from aptl3.models.features import unit_features
        from aptl3.models.weights import fit, read

        told = {**self._config["vision_config"], "projection_dim": self._config["projection_dim"]}
        tower = CLIPVisionModelWithProjection(CLIPVisionConfig.from_dict(told))
        weights = read(self._weights())
        for name in [name for name in weights if not name.startswith("vis") or name.endswith("position_ids")]:
            del weights[name]
        fit(tower, weights, self._weights(), self.name)

        class Embeddings(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.tower = tower

            def forward(self, inputs: torch.Tensor) -> torch.Tensor:
                rows: torch.Tensor = self.tower(inputs).image_embeds
                return rows

        _, _, mean, std = self._preprocessing()
        return unit_features(Embeddings(), [255 * value for value in mean], [255 * value for value in std])

    def _preprocessing(self) -> tuple[int, int, Sequence[float], Sequence[float]]:
        """Side of the crop, the shorter side that it is cut from, mean and deviation of values 0 … 1."""
        path = self._preprocessor()
        told: dict[str, Any] = {} if path is None else json.loads(path.read_text("utf-8"))
        told = told.get("image_processor", told)
        size = _side(told.get("crop_size"), self._config["vision_config"].get("image_size", 224))
        return size, _side(told.get("size"), size), told.get("image_mean", _MEAN), told.get("image_std", _STD)


class Texts(Tower):
    """A ``TextSource``."""

    @property
    def spec(self) -> ModelSpec:
        return self._spec("text", None)

    @property
    def longest(self) -> int:
        return int(self._config["text_config"].get("max_position_embeddings", 77))

    def tokenizer(self) -> str:
        files = self._vocabulary()
        return files[0].read_text("utf-8") if len(files) == 1 else tokenizer(*files)

    def graph(self) -> openvino.Model:
        from aptl3.models.weights import arrays

        return graph(arrays(self._weights()), self._config["text_config"])


def resolve(name: str) -> list[str]:
    found = _NAME.fullmatch(name.removeprefix(sentences.PREFIX))
    if found is None:
        return []
    return [found[0]] if found[2] else [found[1], f"{found[1]}-text"]


def source(name: str, weights: str | None) -> Pictures | Texts | sentences.Encoded | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    pair, kind = found[1], found[2]
    if kind == "-multilingual-v1":
        return sentences.Encoded(name, weights, pair)
    return (Texts if kind == "-text" else Pictures)(name, pair, weights)


def offers() -> list[Offer]:
    towers = [
        Offer(name, "image + text", dim, _LICENCE, f"https://huggingface.co/{sentences.PREFIX}{name}")
        for name, dim in _KNOWN.items()
    ]
    name = "clip-ViT-B-32-multilingual-v1"
    return [*towers, Offer(name, "text", 512, sentences.LICENCE, f"https://huggingface.co/{sentences.PREFIX}{name}")]


def _side(told: Any, otherwise: int) -> int:
    """A size in a preprocessor's configuration: a number, or one of several kinds of table."""
    if isinstance(told, dict):
        told = told.get("shortest_edge", told.get("height"))
    return otherwise if told is None else int(told)
