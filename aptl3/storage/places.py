"""Folders and names as the catalog keeps them: bytes, so that names that are not UTF-8 stay what they are.

The texts that lie in no file have a folder row like others, ``data:,``, which lies in and below no folder.
"""

from __future__ import annotations

import os
import sqlite3

from aptl3.records import media

_SEPARATOR = os.fsencode(os.sep)


class Places:
    """Folder rows, remembered for one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids: dict[str, int] = {}

    def known(self, folder: str) -> int | None:
        """The id of a folder's row, if it has one."""
        if folder not in self._ids:
            row = self._connection.execute("SELECT id FROM folder WHERE path = ?", (os.fsencode(folder),)).fetchone()
            if row is None:
                return None
            self._ids[folder] = row[0]
        return self._ids[folder]

    def id(self, folder: str) -> int:
        """The id of a folder's row, which is made when there is none."""
        known = self.known(folder)
        if known is None:
            cursor = self._connection.execute("INSERT INTO folder (path) VALUES (?)", (os.fsencode(folder),))
            assert cursor.lastrowid is not None
            known = self._ids[folder] = cursor.lastrowid
        return known

    def forget(self) -> None:
        """Rows were deleted."""
        self._ids.clear()

    def below(self, folder: str) -> list[tuple[int, bytes]]:
        """(id, path) of the known folders below a folder, itself not among them."""
        low = _inside(folder)
        high = low[:-1] + bytes([low[-1] + 1])
        return self._connection.execute(
            "SELECT id, path FROM folder WHERE path > ? AND path < ? ORDER BY path", (low, high)
        ).fetchall()

    def children(self, folder: str) -> list[str]:
        """Names of those directly in a folder that are known, or have known folders below them."""
        start = len(_inside(folder))
        names = dict.fromkeys(path[start:].split(_SEPARATOR, 1)[0] for _, path in self.below(folder))
        return [os.fsdecode(name) for name in names]


def _inside(folder: str) -> bytes:
    """The prefix of all paths below a folder; that of the root already ends with its separator."""
    path = os.fsencode(folder)
    return path if path.endswith(_SEPARATOR) else path + _SEPARATOR


def split(path: str) -> tuple[str, bytes]:
    """A location's folder and its name as it is kept."""
    folder, name = media.split(path)
    return folder, os.fsencode(name)


def join(folder: bytes, name: bytes) -> str:
    """A location's path or ``data:,`` URL."""
    return media.join(os.fsdecode(folder), os.fsdecode(name))
