"""Where an item's products lie in its frame. A pure function of what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aptl3.actors.messages import Region
from aptl3.records.model import ModelSpec, PictureInput

JPEG_ROOM = 128 * 1024  # bytes for an encoded thumbnail; 300 pixels of pure noise at quality 85 take about 110 KiB
_ALIGN = 64  # bytes: a cache line, and what vector instructions like
_ITEM_BYTES = {"float16": 2, "float32": 4}


@dataclass(frozen=True)
class Layout:
    """``inputs`` by what models want (models that want the same share it), ``vectors`` by model; sizes in bytes. The
    file's own bytes come behind ``size``."""

    inputs: Mapping[PictureInput, Region]
    vectors: Mapping[str, Region]
    pixels: Region
    jpeg: Region
    size: int


def layout(models: Sequence[ModelSpec], thumbnail: int) -> Layout:
    """Room for the inputs and rows of these picture models and for a thumbnail of ``thumbnail`` pixels a side."""
    at = 0

    def take(size: int) -> Region:
        nonlocal at
        region = Region(at, size)
        at += -(-size // _ALIGN) * _ALIGN
        return region

    inputs: dict[PictureInput, Region] = {}
    for model in models:
        if model.input is not None and model.input not in inputs:
            inputs[model.input] = take(model.input.size**2 * 3)
    pixels = take(thumbnail**2 * 3)
    vectors = {model.name: take(model.dim * _ITEM_BYTES[model.dtype]) for model in models}
    jpeg = take(JPEG_ROOM)
    return Layout(inputs, vectors, pixels, jpeg, at)
