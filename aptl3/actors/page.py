"""One page of a folder's listing, compared with what the library knows.

``compare`` is a pure function of a listing and the known states. A page travels in a frame as JSON, which keeps names
that are not UTF-8 (as lone surrogates) and never executes anything.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState

Known = Mapping[str, tuple[FileState, bool]]  # by name: the state recorded, and whether nothing is lacking


class Kind(str, Enum):
    NEW = "new"  # a file that needs work: unknown, changed, or lacking something wanted
    SAME = "same"  # a file that needs none
    FOLDER = "folder"
    REFUSED = "refused"  # listed, but not to be opened
    GONE = "gone"  # a file that is known and no longer listed
    GONE_FOLDER = "gone-folder"


class Row(NamedTuple):
    """One name of a folder, with the size and mtime_ns of a new file, or the reason and text of a refused one."""

    name: str
    kind: Kind
    detail: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Page:
    """Rows of one folder, in order. ``after`` is the name to go on behind; None when the folder ends here. ``same``
    counts the files of this part that need no work: of a million that have not changed none is named."""

    folder: str
    rows: tuple[Row, ...]
    after: str | None = None
    same: int = 0

    def encode(self) -> bytes:
        return json.dumps([self.folder, self.after, self.same, self.rows], separators=(",", ":")).encode("ascii")

    @classmethod
    def decode(cls, data: bytes | memoryview) -> Page:
        folder, after, same, rows = json.loads(bytes(data))
        return cls(folder, tuple(Row(name, Kind(kind), tuple(detail)) for name, kind, detail in rows), after, same)

    @property
    def queue(self) -> list[Entry]:
        return [Entry(row.name, FileState(*row.detail)) for row in self.rows if row.kind is Kind.NEW]

    @property
    def refused(self) -> list[tuple[str, Reason, str]]:
        chosen = (row for row in self.rows if row.kind is Kind.REFUSED)
        return [(row.name, Reason(row.detail[0]), str(row.detail[1])) for row in chosen]

    def names(self, kind: Kind) -> list[str]:
        return [row.name for row in self.rows if row.kind is kind]


def compare(
    files: Sequence[Entry],
    folders: Sequence[str],
    refused: Sequence[tuple[str, Reason, str]],
    known: Known,
    gone_folders: Sequence[str] = (),
) -> list[Row]:
    """All rows of a folder in the order of their encoded names. A folder that lists nothing at all is taken for a drive
    that is not mounted, and tells of nothing gone."""
    rows = [Row(name, Kind.FOLDER) for name in folders]
    rows += [Row(name, Kind.REFUSED, (reason.value, text)) for name, reason, text in refused]
    for entry in files:
        if known.get(entry.name) == (entry.state, True):
            rows.append(Row(entry.name, Kind.SAME))
        else:
            rows.append(Row(entry.name, Kind.NEW, (entry.state.size, entry.state.mtime_ns)))
    if rows:
        listed = {row.name for row in rows}
        rows += [Row(name, Kind.GONE) for name in known if name not in listed]
        rows += [Row(name, Kind.GONE_FOLDER) for name in gone_folders if name not in listed and name not in known]
    rows.sort(key=_order)
    return rows


def cut(folder: str, rows: Sequence[Row], after: str | None, room: int) -> Page:
    """The page of ``rows`` behind ``after`` that encodes to at most ``room`` bytes, one row at the least."""
    start = 0 if after is None else bisect_right(rows, os.fsencode(after), key=_order)
    used, stop = len(json.dumps(folder)) + 3 * _encoded_bound("") + 6 * 255, start
    told: list[Row] = []
    while stop < len(rows):
        row = rows[stop]
        if row.kind is not Kind.SAME:
            used += _encoded_bound(row.name) + sum(_encoded_bound(str(part)) for part in row.detail)
            if used > room and told:
                break
            told.append(row)
        stop += 1
    last = rows[stop - 1].name if stop < len(rows) else None
    return Page(folder, tuple(told), last, stop - start - len(told))


def refusal(folder: str, reason: Reason, text: str) -> Page:
    """A folder that cannot be listed: one failure row, and nothing that is known of it is touched."""
    return Page(folder, (Row("", Kind.REFUSED, (reason.value, text)),))


def _encoded_bound(text: str) -> int:
    plain = text.isascii() and text.isprintable()
    return 12 + (2 if plain else 12) * len(text)  # quotes take two; others a backslash, u and four digits, maybe twice


def _order(row: Row) -> bytes:
    return os.fsencode(row.name)
