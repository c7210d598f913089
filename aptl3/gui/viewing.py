"""The viewer: large pictures, read and decoded in a thread of its own, so that a slow drive holds up nothing else.

Guarantees: pictures are upright, decoded at the scale that is needed, and those that were looked at last are at hand.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial

from PyQt5.QtGui import QImage

from aptl3.errors import Aptl3Error, BadArgument, MediaError
from aptl3.gui.worker import Urgency, Worker
from aptl3.media.picture import decode  # not later: OpenCV is loaded with the interpreter's lock held for 60 ms
from aptl3.search.example import contents

ROOM = 64 << 20  # bytes of pictures at hand: eight of 1920 × 1080


class Drawer:
    """Pictures by place and size, the last ones that were looked at."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._pictures: OrderedDict[tuple[str, int], QImage] = OrderedDict()

    def close(self) -> None:
        self._pictures.clear()

    def take(self, places: Sequence[str], edge: int) -> QImage:
        """A picture that lies at each of these places, whose longer side shall be ``edge`` pixels; it is not enlarged.
        Raises BadArgument when it is at none of them, or gives no picture."""
        problem: BadArgument | None = None
        for place in places:
            known = self._pictures.get((place, edge))
            if known is not None:
                self._pictures.move_to_end((place, edge))
                return known
            try:
                image = drawn(place, edge)
            except BadArgument as error:
                problem = problem or error
                continue
            self._put((place, edge), image)
            return image
        raise problem or BadArgument("it lies in no file")

    def _put(self, key: tuple[str, int], image: QImage) -> None:
        self._pictures[key] = image
        while len(self._pictures) > 1 and sum(one.sizeInBytes() for one in self._pictures.values()) > self._room:
            self._pictures.popitem(last=False)


class Viewer(Worker[Drawer]):
    """Reads pictures for whoever shows them."""

    def __init__(self) -> None:
        super().__init__("viewer", Drawer, Drawer.close)

    def look(
        self,
        key: Hashable,
        places: Sequence[str],
        edge: int,
        then: Callable[[QImage], None],
        otherwise: Callable[[Aptl3Error], None],
        urgency: Urgency = Urgency.SOON,
    ) -> None:
        """``then`` gets the picture, unless something newer is looked at with the same key."""

        def answer(found: QImage | Aptl3Error) -> None:
            if isinstance(found, QImage):
                then(found)
            else:
                otherwise(found)

        self.do(key, partial(_taken, places=list(places), edge=edge), answer, urgency=urgency, otherwise=otherwise)


def drawn(place: str, edge: int) -> QImage:
    """The picture of a file or address. Raises BadArgument."""
    data = contents(place)
    try:
        pixels = decode(memoryview(data), (), edge).thumbnail
    except MediaError as error:
        raise BadArgument(f"{os.path.basename(place)} gives no picture: {error}") from error
    assert pixels is not None
    height, width = pixels.shape[:2]
    whole = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return whole.convertToFormat(QImage.Format.Format_RGB32)  # a copy, with memory of its own


def _taken(drawer: Drawer, places: Sequence[str], edge: int) -> QImage | BadArgument:
    """An error that costs nothing of what is at hand."""
    try:
        return drawer.take(places, edge)
    except BadArgument as error:
        return error
