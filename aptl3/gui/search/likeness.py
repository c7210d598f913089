"""Small pictures of examples, for their chips: of the library's media, or of a file or address."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QObject, Qt, pyqtSignal
from PyQt5.QtGui import QImage

from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.viewing import Viewer

EDGE = 96  # pixels


class Likeness(QObject):
    """Signals: ``arrived(example, QImage)``."""

    arrived = pyqtSignal(object, QImage)

    def __init__(self, thumbnails: Thumbnails, viewer: Viewer) -> None:
        super().__init__()
        self._thumbnails, self._viewer = thumbnails, viewer
        self._awaited: set[int] = set()
        self._kept: dict[str, QImage] = {}  # of what was pasted, and of files: few, and small
        thumbnails.arrived.connect(self._come)

    def keep(self, example: str, image: QImage) -> None:
        """A picture that is here already."""
        self._kept[example] = image.scaled(EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio)

    def want(self, example: str | int) -> None:
        """``arrived`` tells when it is there: at once, or when it was read. Nothing comes of what has no picture."""
        if isinstance(example, int):
            self._awaited.add(example)
            self._thumbnails.ask(example)
            self._come([example])
        elif example in self._kept:
            self.arrived.emit(example, self._kept[example])
        else:
            self._viewer.look(("chip", example), [example], EDGE, partial(self._read, example), _ignore)

    def _read(self, example: str, image: QImage) -> None:
        self._kept[example] = image
        self.arrived.emit(example, image)

    def _come(self, media: list[int]) -> None:
        for one in self._awaited.intersection(media):
            face = self._thumbnails.get(one)
            if face is not None:
                self._awaited.discard(one)
                if face.image is not None:
                    self.arrived.emit(one, face.image)


def _ignore(_: object) -> None:
    """The question that it is asked with says what is wrong with it."""
