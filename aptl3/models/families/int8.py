"""``int8/<picture model>``: a picture model in 8 bits, as ``aptl3 quantize`` wrote it to a folder.

Guarantees: it has a name and a space of its own, so that its vectors are never taken for those of the model that it was
made of; its fingerprint covers the network's files, so that one that was calibrated anew is another model. A folder
that is not whole is not run. Always run by OpenVINO, also where there is a CUDA device.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import registry
from aptl3.models.converted import Converted, find
from aptl3.models.quantization import ABOUT
from aptl3.models.source import Offer, Prototypes
from aptl3.records.model import ModelRef, ModelSpec

if TYPE_CHECKING:
    from aptl3.models.engines.openvino import PictureEngine

PREFIX = "int8/"


@dataclass(frozen=True)
class Quantized:
    """An ``EngineSource``, with the classes of the model that it was made of."""

    name: str
    weights: str | None  # the folder
    engine_name: str = "openvino-int8"

    @cached_property
    def spec(self) -> ModelSpec:
        made_of = registry.get(self.name.removeprefix(PREFIX))
        return replace(made_of, name=self.name, space=self.name, source=self.weights or "made by aptl3 quantize")

    def files(self) -> list[Path]:
        network = self._found.network
        return [network, network.with_suffix(".bin")]

    def engine(self, threads: int | None) -> PictureEngine:
        from aptl3.models.engines import openvino

        return openvino.PictureEngine(openvino.read(self._found.network), "int8", threads or openvino.cores())

    def prototypes(self) -> Prototypes:
        return registry.prototypes(self._made_of)

    @property
    def _found(self) -> Converted:
        bare = self.name.removeprefix(PREFIX)
        if self.weights is None:
            raise ModelUnavailable(
                f"The model {self.name} is made from your own photographs: run aptl3 quantize {bare}, "
                "and give its folder as --weights."
            )
        found = find(Path(self.weights))
        if found is None or found.fidelity.precision != "int8":
            raise ModelUnavailable(
                f"The folder {self.weights} holds no model as aptl3 quantize {bare} writes it, or a damaged one."
            )
        if self._read(found).name != bare:
            raise ModelUnavailable(
                f"The folder {self.weights} holds {PREFIX}{self._read(found).name}, not {self.name}."
            )
        return found

    @property
    def _made_of(self) -> ModelRef:
        return self._read(self._found)

    def _read(self, found: Converted) -> ModelRef:
        about = json.loads((found.folder / ABOUT).read_bytes())  # sealed: it is as it was written
        return ModelRef(about["name"], about["weights"])


def resolve(name: str) -> list[str]:
    if not name.startswith(PREFIX):
        return []
    try:
        meant = registry.resolve(name.removeprefix(PREFIX))
    except BadArgument:
        return []
    return [PREFIX + one for one in meant if not one.startswith(PREFIX) and registry.get(one).modality == "image"][:1]


def source(name: str, weights: str | None) -> Quantized | None:
    bare = name.removeprefix(PREFIX)
    if bare == name or bare.startswith(PREFIX):
        return None
    return Quantized(name, weights)


def offers() -> list[Offer]:
    return [Offer(f"{PREFIX}NAME", "image", None, "that of NAME", "aptl3 quantize NAME, from your own photographs")]
