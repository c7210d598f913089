"""What the store says of itself and of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from aptl3.records.media import Entry, FileState, PictureInfo, join


@dataclass(frozen=True)
class Counts:
    """Rows of the whole library; ``locations`` counts missing ones too, ``vectors`` those of all models; ``texts`` are
    the media that are no pictures."""

    media: int
    locations: int
    thumbnails: int
    failures: int
    vectors: int
    texts: int = 0


@dataclass(frozen=True)
class QueueItem:
    """A file that waits to be worked on. ``id`` is never given to another item."""

    id: int
    folder: str
    entry: Entry

    @property
    def path(self) -> str:
        return join(self.folder, self.entry.name)


@dataclass(frozen=True)
class MediaInfo:
    """One content: ``hash`` is its xxh3-128 (16 bytes, big-endian), ``size`` the file's bytes."""

    id: int
    hash: bytes
    size: int
    picture: PictureInfo
    modality: str = "image"


@dataclass(frozen=True)
class Location:
    """Where a content was seen. ``missing``: it was not there when its folder was listed last. A text that lies in no
    file has no path; its URL says all of it."""

    path: str | None
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
class RemovedModel:
    """What went with a model, in rows."""

    vectors: int
    indexes: int
    alignments: int


@dataclass(frozen=True)
class RemovedRelation:
    """What went with a relation, in rows: ``texts`` that lay in no file and were in no other, with their vectors."""

    pairs: int
    texts: int
    vectors: int


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: ``segments`` rewritten, dead ``rows`` dropped, ``bytes`` of vectors given back."""

    segments: int
    rows: int
    bytes: int
