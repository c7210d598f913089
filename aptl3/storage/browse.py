"""What a window reads of a library of any size: the order of its media in parts, tiles, details.

Guarantees: every statement is short, also at a million media, or lets other threads run while SQLite works on it;
nothing grows with the library but arrays of int64. Media that are at no place any more are not in the order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from aptl3.records.browsing import Details, Filters, Sort, Tile
from aptl3.records.media import DATA, join
from aptl3.records.store import Counts
from aptl3.storage import database
from aptl3.storage.places import Places
from aptl3.storage.store import Store

Ids = npt.NDArray[np.int64]

PART = 5000  # media of an order at once: some milliseconds
WORDS = 400  # characters of a text that a tile has room for
_FEW = 20_000  # media whose dates are asked for one by one rather than by going through all of the order
_PAGE = 500  # parameters a statement: SQLite takes 999 in its oldest versions
_EVER = 1 << 62
_DAY_ZERO = date(1970, 1, 1)


def order(store: Store, filters: Filters, sort: Sort) -> Iterator[Ids]:
    """The media that pass the filters, in order, part by part; a part may be empty. Between two parts others may use
    the store, and a writer may commit: an item whose date changed meanwhile can then come twice, or not at all."""
    inside: Ids | None = None
    if filters.folder is not None:
        found = []
        for part in _inside(store, filters.folder):
            found.append(part)
            yield part[:0]
        inside = np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
        if len(inside) <= _FEW:
            yield arranged(store, inside, filters, sort)
            return
    for part in _by_date(store, filters, sort):
        yield part if inside is None else part[_member(part, inside)]


def arranged(store: Store, media: Ids, filters: Filters, sort: Sort | None) -> Ids:
    """Those of these media that pass the filters, by date, or in their own order when ``sort`` is None."""
    low, high = _bounds(filters)
    rows = _paged(store, "SELECT id, date, modality FROM media WHERE date IS NOT NULL AND id IN ({})", media.tolist())
    kept = {id: date for id, date, modality in rows if low <= date <= high and filters.modality in ("any", modality)}
    if filters.folder is not None and kept:
        inside = _lying(store, list(kept), filters.folder)
        kept = {id: date for id, date in kept.items() if id in inside}
    left = [id for id in dict.fromkeys(media.tolist()) if id in kept]
    if sort is not None:
        left.sort(key=lambda id: (kept[id], id), reverse=sort is Sort.NEWEST)
    return np.array(left, np.int64)


def tiles(store: Store, media: Sequence[int]) -> dict[int, Tile]:
    """What small pictures of these media are made of, of those that are here."""
    rows = _paged(
        store,
        "SELECT media.id, modality, jpeg, substr(words, 1, ?),"
        " (SELECT name FROM location WHERE location.media = media.id"
        "  AND folder IS NOT (SELECT id FROM folder WHERE path = CAST(? AS BLOB))"
        "  ORDER BY missing, folder, name LIMIT 1)"
        " FROM media LEFT JOIN thumbnail ON thumbnail.media = media.id LEFT JOIN text ON text.media = media.id"
        " WHERE media.id IN ({})",
        media,
        WORDS,
        DATA,
    )
    return {id: Tile(id, modality, os.fsdecode(name or b""), jpeg, words) for id, modality, jpeg, words, name in rows}


def details(store: Store, media: int) -> Details | None:
    """All that is known of a media item; None when it is not here."""
    info = store.media_info(media)
    if info is None:
        return None
    captions = store.captions_of(media)
    [(when,)] = _all(store, "SELECT coalesce(date, 0) FROM media WHERE id = ?", (media,)) or [(0,)]
    models = _all(
        store,
        "SELECT name FROM vector JOIN model ON model.id = vector.model WHERE media = ? ORDER BY model.id",
        (media,),
    )
    return Details(
        info,
        when,
        tuple(store.locations(media)),
        store.words(media),
        tuple((caption, store.words(caption) or "") for caption in captions),
        tuple(store.pictures_of(media)),
        tuple(name for (name,) in models),
    )


def paths(store: Store, media: Sequence[int]) -> list[str]:
    """A path of each of these media that is at one, in their order; those that lie in no file are left out."""
    rows = _paged(
        store,
        "SELECT media, path, name FROM location JOIN folder ON folder.id = location.folder"
        " WHERE missing = 0 AND path <> CAST(? AS BLOB) AND media IN ({}) ORDER BY media, path DESC, name DESC",
        media,
        DATA,
    )
    found = {id: join(os.fsdecode(folder), os.fsdecode(name)) for id, folder, name in rows}
    return [found[int(id)] for id in media if int(id) in found]


def folders(store: Store) -> list[str]:
    """The folders in which something lies, by path."""
    rows = _all(
        store,
        "SELECT path FROM folder WHERE EXISTS (SELECT 1 FROM location WHERE folder = folder.id AND missing = 0)"
        " ORDER BY path",
    )
    return [path for (name,) in rows if (path := os.fsdecode(name)) != DATA]


def state(store: Store) -> tuple[int, Counts]:
    """A number that is another one after somebody else's commit, and the counts. Costs microseconds."""
    [(version,)] = _all(store, "PRAGMA data_version")
    return int(version), store.counts()


def _by_date(store: Store, filters: Filters, sort: Sort) -> Iterator[Ids]:
    """By key, not by offset: each part costs the same, and none holds a transaction open."""
    low, high = _bounds(filters)
    newest = sort is Sort.NEWEST
    key = (high, _EVER) if newest else (low, -1)
    bound, sign, way = ("date >= ?", "<", "DESC") if newest else ("date <= ?", ">", "ASC")
    chosen = "" if filters.modality == "any" else "AND modality = ?"
    statement = (
        f"SELECT id, date FROM media WHERE {bound} AND (date, id) {sign} (?, ?) {chosen}"
        f" ORDER BY date {way}, id {way} LIMIT {PART}"
    )
    while rows := _all(store, statement, (low if newest else high, *key, *([filters.modality] if chosen else []))):
        key = (rows[-1][1], rows[-1][0])
        yield np.array(rows, np.int64)[:, 0]
        if len(rows) < PART:
            return


def _bounds(filters: Filters) -> tuple[int, int]:
    """The first and the last second that pass."""
    low = -_EVER if filters.since is None else (filters.since - _DAY_ZERO).days * 86_400
    high = _EVER if filters.until is None else (filters.until + timedelta(1) - _DAY_ZERO).days * 86_400 - 1
    return low, high


def _inside(store: Store, folder: str) -> Iterator[Ids]:
    """The media that lie in or below a folder, some folders at a time; one may come more than once."""
    ids = _folder_ids(store, folder)
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        marks = ", ".join("?" * len(page))
        rows = _all(store, f"SELECT media FROM location WHERE missing = 0 AND folder IN ({marks})", page)
        yield np.fromiter((id for (id,) in rows), np.int64, len(rows))


def _lying(store: Store, media: Sequence[int], folder: str) -> set[int]:
    """Those of these media that lie in or below a folder."""
    below = set(_folder_ids(store, folder))
    rows = _paged(store, "SELECT media, folder FROM location WHERE missing = 0 AND media IN ({})", media)
    return {id for id, place in rows if place in below}


def _folder_ids(store: Store, folder: str) -> list[int]:
    with database.told(store.layout.catalog):
        places = Places(store.connection)
        itself = places.known(folder)
        return [id for id, _ in places.below(folder)] + ([] if itself is None else [itself])


def _member(part: Ids, ascending: Ids) -> npt.NDArray[np.bool_]:
    at = np.searchsorted(ascending, part).clip(max=len(ascending) - 1)
    there: npt.NDArray[np.bool_] = ascending[at] == part
    return there


def _paged(store: Store, sql: str, media: Sequence[int], *first: object) -> list[Any]:
    with database.told(store.layout.catalog):
        return database.paged(store.connection, sql, media, *first)


def _all(store: Store, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
    with database.told(store.layout.catalog):
        return store.connection.execute(sql, parameters).fetchall()
