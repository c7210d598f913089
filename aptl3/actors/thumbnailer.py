"""The thumbnailer: pixels of the thumbnail's size become a JPEG beside them."""

from __future__ import annotations

from collections.abc import Sequence

from aptl3.actors import sharing
from aptl3.actors.messages import Encode
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused


class Thumbnailer:
    """Stage: ``Encode`` → number of bytes."""

    def __init__(self, *, memory: FrameMemory) -> None:
        sharing.pictures()
        self._memory = memory

    def run(self, batch: Sequence[Encode]) -> list[int | Refused]:
        return [self._one(task) for task in batch]

    def _one(self, task: Encode) -> int:
        import numpy as np

        from aptl3.media.thumbnail import encode

        view = self._memory.view(task.frame)
        shape = (task.height, task.width, 3)
        pixels = np.frombuffer(view, np.uint8, task.height * task.width * 3, task.pixels.start).reshape(shape)
        jpeg = encode(pixels, task.jpeg.size)
        view[task.jpeg.start : task.jpeg.start + len(jpeg)] = jpeg
        return len(jpeg)
