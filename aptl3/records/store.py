"""What the store says of itself and of its rows."""

from __future__ import annotations

import os
from dataclasses import dataclass

from aptl3.records.media import Entry, FileState, PictureInfo


@dataclass(frozen=True)
class Counts:
    """Rows of the whole library; ``locations`` counts missing ones too, ``vectors`` those of all models."""

    media: int
    locations: int
    thumbnails: int
    failures: int
    vectors: int


@dataclass(frozen=True)
class QueueItem:
    """A file that waits to be worked on. ``id`` is never given to another item."""

    id: int
    folder: str
    entry: Entry

    @property
    def path(self) -> str:
        return os.path.join(self.folder, self.entry.name)


@dataclass(frozen=True)
class MediaInfo:
    """One content: ``hash`` is its xxh3-128 (16 bytes, big-endian), ``size`` the file's bytes."""

    id: int
    hash: bytes
    size: int
    picture: PictureInfo


@dataclass(frozen=True)
class Location:
    """Where a content was seen. ``missing``: it was not there when its folder was listed last."""

    path: str
    url: str
    state: FileState
    missing: bool


@dataclass(frozen=True)
class Removed:
    """What a removal took out, in rows."""

    locations: int
    media: int
    vectors: int
    thumbnails: int


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: ``segments`` rewritten, dead ``rows`` dropped, ``bytes`` of vectors given back."""

    segments: int
    rows: int
    bytes: int
