"""What the window remembers from one time to the next: an ini file in the user's configuration folder.

Guarantees: a value that is missing, or that somebody has spoiled, gives the default.
"""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QByteArray, QSettings

from aptl3.gui.theme import Choice

TILE = 176  # pixels
TILES = range(80, 321, 16)


class Preferences:
    """In the file ``path``."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Choice:
        try:
            return Choice(self._settings.value("theme", Choice.SYSTEM.value))
        except ValueError:
            return Choice.SYSTEM

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._settings.setValue("theme", choice.value)

    @property
    def tile(self) -> int:
        """The size of tiles, in points."""
        return min(max(self._number("tile", TILE), TILES.start), TILES[-1])

    @tile.setter
    def tile(self, size: int) -> None:
        self._settings.setValue("tile", size)

    @property
    def whole(self) -> bool:
        """Tiles show whole pictures, not their middle squares."""
        return self._settings.value("whole", "false") in ("true", True)

    @whole.setter
    def whole(self, whole: bool) -> None:
        self._settings.setValue("whole", whole)

    @property
    def details(self) -> bool:
        """The details are shown beside the grid."""
        return self._settings.value("details", "true") in ("true", True)

    @details.setter
    def details(self, shown: bool) -> None:
        self._settings.setValue("details", shown)

    def state(self, name: str) -> QByteArray:
        """The geometry of a window, or how a splitter is divided; empty when nothing is known."""
        value = self._settings.value(f"state/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_state(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"state/{name}", state)

    def save(self) -> None:
        """Writes the file. It is written now and then without, too."""
        self._settings.sync()

    def _number(self, name: str, default: int) -> int:
        try:
            return int(self._settings.value(name, default))
        except (TypeError, ValueError):
            return default
