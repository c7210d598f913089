"""Which tiles are chosen, and which one the keyboard is at. Pure: positions, no pixels.

A position is current, and ranges begin at the anchor. A million chosen tiles take a megabyte.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
_FAR = 50_000_000  # ids up to here are looked up in a table (200 MB at the most, four bytes an id)


class Selection:
    """Over ``media``: int64, each of them once."""

    def __init__(self, media: Ids) -> None:
        self.media = media
        self.chosen = np.zeros(len(media), np.bool_)
        self.current: int | None = None
        self.anchor: int | None = None
        self._table: npt.NDArray[np.int32] | None = None

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.chosen))

    def ids(self, limit: int) -> list[int]:
        """The first ``limit`` chosen ones, in their order."""
        return [int(id) for id in self.media[np.flatnonzero(self.chosen)[:limit]]]

    def clear(self) -> None:
        self.chosen[:] = False

    def all(self) -> None:
        self.chosen[:] = True
        if self.current is None and len(self.media):
            self.current = self.anchor = 0

    def only(self, position: int) -> None:
        """Chooses this one alone."""
        self.clear()
        self.chosen[position] = True
        self.current = self.anchor = position

    def toggle(self, position: int) -> None:
        """Adds one, or takes it out again."""
        self.chosen[position] = not self.chosen[position]
        self.current = self.anchor = position

    def extend(self, position: int, *, keep: bool = False) -> None:
        """Chooses all from the anchor to here; ``keep``: and what is chosen already."""
        if not keep:
            self.clear()
        anchor = position if self.anchor is None else self.anchor
        self.chosen[min(anchor, position) : max(anchor, position) + 1] = True
        self.current, self.anchor = position, anchor

    def among(self, positions: npt.NDArray[np.int64], *, keep: bool = False) -> None:
        """Chooses these; ``keep``: and what is chosen already."""
        if not keep:
            self.clear()
        self.chosen[positions] = True

    def find(self, media: int) -> int | None:
        """The position of a media item."""
        if self._table is None:  # 0.6 ms among a million; to make a table for one takes ten times as long
            found = np.flatnonzero(self.media == media)
        else:
            found = self.positions(np.array([media], np.int64))
        return int(found[0]) if len(found) else None

    def positions(self, media: Ids) -> Ids:
        """The positions of those of these media that are here."""
        if not len(self.media) or not len(media):
            return np.empty(0, np.int64)
        if self._table is None:
            top = int(self.media.max())
            if top > _FAR:
                order = np.argsort(self.media)
                at = np.searchsorted(self.media, media, sorter=order).clip(max=len(order) - 1)
                places: Ids = order[at][self.media[order[at]] == media]
                return places
            self._table = np.full(top + 1, -1, np.int32)
            self._table[self.media] = np.arange(len(self.media), dtype=np.int32)
        known = media[(media >= 0) & (media < len(self._table))]
        places = self._table[known].astype(np.int64)
        return places[places >= 0]

    def carried(self, media: Ids) -> Selection:
        """The selection over another list of media, with those of the chosen that are in it."""
        other = Selection(media)
        if self.chosen.any():
            other.chosen = _among(media, self.media[self.chosen])
        other.current = None if self.current is None else other.find(int(self.media[self.current]))
        other.anchor = None if self.anchor is None else other.find(int(self.media[self.anchor]))
        return other


def _among(media: Ids, some: Ids) -> npt.NDArray[np.bool_]:
    """Which of ``media`` are among ``some``: 5 ms for a million by a table that the cache has room for."""
    top = int(max(media.max(initial=0), some.max(initial=0)))
    if top > _FAR:
        return np.isin(media, some)
    table = np.zeros(top + 1, np.bool_)
    table[some] = True
    found: npt.NDArray[np.bool_] = table[media]
    return found
