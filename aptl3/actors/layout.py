"""Where an item's products lie in its frame. A pure function of what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aptl3.actors.messages import Region
from aptl3.records.model import ModelSpec, PictureInput

JPEG_ROOM = 128 * 1024  # bytes for an encoded thumbnail; 300 pixels of pure noise at quality 85 take about 110 KiB
WORDS_ROOM = 32 * 1024  # bytes for the beginning of a text: 8,000 tokens, more than any model looks at
_ALIGN = 64  # bytes: a cache line, and what vector instructions like
_ITEM_BYTES = {"float16": 2, "float32": 4}
_NOTHING = Region(0, 0)


@dataclass(frozen=True)
class Layout:
    """``inputs`` by what models want (models that want the same share it), ``vectors`` by model; sizes in bytes. Of
    a picture there are no words, of a text no pixels."""

    inputs: Mapping[PictureInput, Region]
    vectors: Mapping[str, Region]
    pixels: Region
    jpeg: Region
    words: Region
    size: int


class _Room:
    """Regions one behind the other."""

    def __init__(self) -> None:
        self.used = 0

    def take(self, size: int) -> Region:
        region = Region(self.used, size)
        self.used += -(-size // _ALIGN) * _ALIGN
        return region

    def rows(self, models: Sequence[ModelSpec]) -> dict[str, Region]:
        return {model.name: self.take(model.dim * _ITEM_BYTES[model.dtype]) for model in models}


def picture_layout(models: Sequence[ModelSpec], thumbnail: int) -> Layout:
    """Room for the inputs and rows of these picture models and for a thumbnail of ``thumbnail`` pixels a side."""
    room = _Room()
    inputs: dict[PictureInput, Region] = {}
    for model in models:
        if model.input is not None and model.input not in inputs:
            inputs[model.input] = room.take(model.input.size**2 * 3)
    pixels = room.take(thumbnail**2 * 3)
    vectors = room.rows(models)
    jpeg = room.take(JPEG_ROOM)
    return Layout(inputs, vectors, pixels, jpeg, _NOTHING, room.used)


def text_layout(models: Sequence[ModelSpec]) -> Layout:
    """Room for the words of a text and for its rows of these text models."""
    room = _Room()
    words = room.take(WORDS_ROOM)
    return Layout({}, room.rows(models), _NOTHING, _NOTHING, words, room.used)
