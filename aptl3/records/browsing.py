"""What is looked at: which media in which order, what a tile shows of one, and all that is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from aptl3.records.store import Location, MediaInfo


class Sort(str, Enum):
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class Filters:
    """Which media are shown. ``folder``: absolute, what lies in or below it; ``since`` and ``until`` are days, both
    included, by the date that the media are ordered by; ``modality``: "image", "text" or "any"."""

    folder: str | None = None
    since: date | None = None
    until: date | None = None
    modality: str = "image"


@dataclass(frozen=True)
class Tile:
    """What a small picture of a media item is made of: a JPEG (None where there is no thumbnail), or the beginning of
    its ``words``; ``name`` is that of its file, empty when it lies in none."""

    media: int
    modality: str
    name: str
    jpeg: bytes | None
    words: str | None


@dataclass(frozen=True)
class Details:
    """All that is known of a media item. ``date`` in seconds since 1970 by the clock on the wall, 0 when unknown;
    ``captions`` are texts paired with it, (media, words); ``pictures`` those it is paired with itself; ``models`` the
    names of those that have a vector of it."""

    info: MediaInfo
    date: int
    places: tuple[Location, ...]
    words: str | None
    captions: tuple[tuple[int, str], ...]
    pictures: tuple[int, ...]
    models: tuple[str, ...]
