"""Where tiles lie: pure arithmetic, the same for ten media as for ten million.

Coordinates are pixels of the content, whose top left corner is (0, 0); the window shows a part of it. The tiles are
squares in rows; those above the line (the likely ones) have rows of their own, and below them lies a band.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

MARGIN = 12  # around all tiles
GAP = 6  # between two tiles
BAND = 40  # the height of the line under the likely ones


class Rect(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Geometry:
    """``count`` tiles of about ``tile`` pixels (they grow to fill the rows) in a window ``width`` wide. ``likely``: how
    many of them are above the line; None draws none."""

    count: int
    width: int
    tile: int
    likely: int | None = None

    @cached_property
    def columns(self) -> int:
        return max(1, (self._room + GAP) // (self.tile + GAP))

    @cached_property
    def edge(self) -> int:
        """The width and height of a tile."""
        if self.columns == 1:
            return max(16, min(self.tile, self._room))
        return (self._room + GAP) // self.columns - GAP

    @property
    def pitch(self) -> int:
        """From the top of a row to that of the next."""
        return self.edge + GAP

    @cached_property
    def height(self) -> int:
        """Of all the content."""
        rows = -(-self.above // self.columns) + -(-(self.count - self.above) // self.columns)
        return 2 * MARGIN + max(0, rows * self.pitch - GAP) + (0 if self.band is None else BAND)

    @cached_property
    def above(self) -> int:
        """How many tiles are above the line."""
        return 0 if self.likely is None else min(self.likely, self.count)

    @cached_property
    def band(self) -> Rect | None:
        """Where the line is drawn."""
        if self.likely is None or not self.count:
            return None
        return Rect(MARGIN, MARGIN + self._rows_above * self.pitch, self._room, BAND - GAP)

    def rect(self, position: int) -> Rect:
        """Where a tile lies."""
        row, column = self._cell(position)
        return Rect(self._left + column * self.pitch, self._top(row), self.edge, self.edge)

    def visible(self, top: int, height: int) -> range:
        """The tiles that are, at least in part, between ``top`` and ``top + height``."""
        if height <= 0 or not self.count:
            return range(0)
        return range(self._first(self._row_at(top)), self._first(self._row_at(top + height - 1) + 1))

    def at(self, x: int, y: int) -> int | None:
        """The tile at a point."""
        for position in self.visible(y, 1):
            left, top, width, height = self.rect(position)
            if left <= x < left + width and top <= y < top + height:
                return position
        return None

    def step(self, position: int, columns: int, rows: int) -> int:
        """The tile so many columns and rows further. Left and right go on in the next row; up and down end in the first
        and the last row, and in a row that is too short at its last tile."""
        if not self.count:
            return 0
        position = min(max(position + columns, 0), self.count - 1)
        if not rows:
            return position
        row, column = self._cell(position)
        row = min(max(row + rows, 0), self._row_of(self.count - 1))
        return min(self._first(row) + column, self._first(row + 1) - 1)

    def rows_in(self, height: int) -> int:
        """How many whole rows such a height shows, one at least."""
        return max(1, height // self.pitch)

    @property
    def _room(self) -> int:
        return max(16, self.width - 2 * MARGIN)

    @cached_property
    def _left(self) -> int:
        """What is left after rounding goes to both sides."""
        return MARGIN + (self._room - self.columns * self.pitch + GAP) // 2 if self.columns > 1 else MARGIN

    @cached_property
    def _rows_above(self) -> int:
        return -(-self.above // self.columns)

    def _row_of(self, position: int) -> int:
        return self._cell(position)[0]

    def _cell(self, position: int) -> tuple[int, int]:
        if position < self.above:
            return divmod(position, self.columns)
        row, column = divmod(position - self.above, self.columns)
        return self._rows_above + row, column

    def _first(self, row: int) -> int:
        """The first tile of a row, ``count`` behind the last row."""
        if row <= self._rows_above:
            return min(row * self.columns, self.above)
        return min(self.above + (row - self._rows_above) * self.columns, self.count)

    def _top(self, row: int) -> int:
        band = BAND if self.band is not None and row >= self._rows_above else 0
        return MARGIN + row * self.pitch + band

    def _row_at(self, y: int) -> int:
        """The row at a height; a gap belongs to the row above it, the band to the last row above it."""
        row = max(0, (y - MARGIN) // self.pitch)
        if self.band is None or row < self._rows_above:
            return row
        return max(self._rows_above - 1, (y - MARGIN - BAND) // self.pitch, 0)
