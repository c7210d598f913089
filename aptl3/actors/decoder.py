"""The decoder: one decode of a file's bytes gives the models' inputs and the thumbnail's pixels, or a text's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aptl3.actors import sharing
from aptl3.actors.messages import Decode, Decoded, DecodedText, DecodeText, Region
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import MediaError

if TYPE_CHECKING:
    import numpy as np


class Decoder:
    """Stage: ``Decode`` → ``Decoded``, ``DecodeText`` → ``DecodedText``; pixels and words go straight into the item's
    frame."""

    def __init__(self, *, memory: FrameMemory) -> None:
        sharing.pictures()
        from aptl3.media.worker import prepare

        prepare()
        self._memory = memory

    def run(self, batch: Sequence[Decode | DecodeText]) -> list[Decoded | DecodedText | Refused]:
        return [self._one(task) for task in batch]

    def _one(self, task: Decode | DecodeText) -> Decoded | DecodedText | Refused:
        frame, source = self._memory.view(task.frame), self._memory.view(task.file)[: task.size]
        try:
            return self._picture(frame, source, task) if isinstance(task, Decode) else self._text(frame, source, task)
        except MediaError as error:
            return Refused(error.reason.value, str(error))

    def _text(self, frame: memoryview, source: memoryview, task: DecodeText) -> DecodedText:
        from aptl3.media import text

        words = text.beginning(text.decode(source), task.words.size)
        frame[task.words.start : task.words.start + len(words)] = words
        return DecodedText(text.INFO, len(words))

    def _picture(self, frame: memoryview, source: memoryview, task: Decode) -> Decoded:
        from aptl3.media.picture import decode

        picture = decode(source, [wanted for wanted, _ in task.inputs], task.thumbnail)
        for pixels, (_, region) in zip(picture.inputs, task.inputs, strict=True):
            _put(frame, region, pixels)
        if picture.thumbnail is None:
            return Decoded(picture.info, 0, 0)
        height, width = picture.thumbnail.shape[:2]
        _put(frame, Region(task.pixels.start, width * height * 3), picture.thumbnail)
        return Decoded(picture.info, width, height)


def _put(frame: memoryview, region: Region, pixels: np.ndarray) -> None:
    import numpy as np

    room = np.frombuffer(frame, np.uint8, region.size, region.start)
    room.reshape(pixels.shape)[...] = pixels
