"""The faces that are at hand, and which are asked for: what is visible first, then what lies a screen around it.

Guarantees: memory is bounded, whatever is scrolled through; what is visible is never thrown out; asking anew replaces
what was asked before, so that a fast scroll through a million tiles loads the place where it ends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from PyQt5.QtCore import QObject, pyqtSignal

from aptl3.gui import theme
from aptl3.gui.grid.face import Cut, Face
from aptl3.gui.reading import Reader

ROOM = 48 << 20  # bytes of faces: ten screens of 720 lines, five of 1080, whatever the size of the tiles
SCREENS = 4  # for which there is room in any case: what is seen, what is loaded around it, and one on the way
SMALL = 96  # pixels of a face that is asked for by itself


class Shelf:
    """Faces by media item, at most ``room`` bytes of them; the longest unseen go first. Pure."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.bytes = 0
        self._faces: OrderedDict[int, Face] = OrderedDict()
        self._seen: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self._faces)

    def get(self, media: int) -> Face | None:
        return self._faces.get(media)

    def lacking(self, media: Iterable[int], cut: Cut) -> list[int]:
        """Those that are not here as they are wanted."""
        return [one for one in media if (face := self._faces.get(one)) is None or not face.fits(cut)]

    def put(self, face: Face) -> None:
        self._drop(face.media)
        self._faces[face.media] = face
        self.bytes += face.bytes
        for _ in range(len(self._faces)):
            if self.bytes <= self.room:
                return
            media, oldest = self._faces.popitem(last=False)
            if media in self._seen:
                self._faces[media] = oldest
            else:
                self.bytes -= oldest.bytes

    def see(self, visible: Iterable[int]) -> None:
        """These are seen now."""
        self._seen = frozenset(visible)
        for media in self._seen & self._faces.keys():
            self._faces.move_to_end(media)

    def drop_blank(self) -> None:
        """Forgets pictures that had no thumbnail: they may have one by now."""
        for face in [one for one in self._faces.values() if one.image is None and one.words is None]:
            self._drop(face.media)

    def _drop(self, media: int) -> None:
        face = self._faces.pop(media, None)
        self.bytes -= 0 if face is None else face.bytes


class Thumbnails(QObject):
    """Faces from the reader.

    Signals: ``arrived(list[int])``: media whose faces are here now, or look different.
    """

    arrived = pyqtSignal(list)

    def __init__(self, reader: Reader, room: int = ROOM) -> None:
        super().__init__()
        self.shelf = Shelf(room)
        self._room = room
        self._reader = reader
        self._asked: set[int] = set()
        reader.faces.connect(self._take)
        reader.changed.connect(self.shelf.drop_blank)

    def get(self, media: int) -> Face | None:
        """The face of a media item if it is at hand, perhaps of another size than was asked for last."""
        return self.shelf.get(media)

    def request(self, visible: Sequence[int], near: Sequence[int], cut: Cut) -> None:
        """These are seen, those soon may be. Replaces the request before."""
        self.shelf.see(visible)
        self.shelf.room = max(self._room, SCREENS * len(visible) * cut.edge * cut.edge * 4)
        self._reader.show(self.shelf.lacking(visible, cut), self.shelf.lacking(near, cut), cut)

    def ask(self, media: int) -> None:
        """One face, of any size, which ``arrived`` tells; for who shows single media."""
        if self.shelf.get(media) is None:
            self._asked.add(media)
            self._reader.show_also(sorted(self._asked), Cut(SMALL, False, 1.0, theme.current()))

    def _take(self, faces: list[Face]) -> None:
        for face in faces:
            self._asked.discard(face.media)
            self.shelf.put(face)
        self.arrived.emit([face.media for face in faces])
