"""What is known of a file and of the picture in it.

Paths are ``str`` as ``os.fsdecode`` gives them (names that are not UTF-8 carry surrogates); the store keeps
``os.fsencode`` of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

DATA = "data:,"  # the folder of texts that lie in no file: such a place is its own content, percent-encoded (RFC 2397)


def join(folder: str, name: str) -> str:
    """The path of a place, or its ``data:,`` URL."""
    return DATA + name if folder == DATA else os.path.join(folder, name)


def split(path: str) -> tuple[str, str]:
    """Folder and name of a path or ``data:,`` URL: the opposite of ``join``."""
    return (DATA, path[len(DATA) :]) if path.startswith(DATA) else os.path.split(path)


def place(given: str | os.PathLike[str]) -> str:
    """What a user means by a path: an absolute one, or a ``data:,`` URL as it is."""
    path = os.fspath(given)
    return path if path.startswith(DATA) else os.path.abspath(path)


def modality_of(folder: str, name: str) -> str:
    """What a place holds, as far as its name tells: "text" or "image"."""
    return "text" if folder == DATA or name.lower().endswith(".txt") else "image"


@dataclass(frozen=True)
class FileState:
    """Size in bytes and modification time in ns: equal states mean that a file need not be read again."""

    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Entry:
    """A file as its folder lists it."""

    name: str
    state: FileState


@dataclass(frozen=True)
class PictureInfo:
    """What a decoder learns of a picture besides its pixels; sizes in pixels after the EXIF rotation. A text has the
    format "TEXT" and no size."""

    format: str  # "JPEG", "PNG" … as Pillow names formats; "TEXT"
    width: int
    height: int
    taken_at: str | None = None  # ISO 8601 local time, from EXIF
    camera: str | None = None


@dataclass(frozen=True)
class Thumbnail:
    """An encoded JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Products:
    """What is wanted of, or lacking for, one media item: vectors of these models, and a thumbnail (of a text: its
    words, to be shown)."""

    models: tuple[str, ...] = ()
    thumbnail: bool = False

    def __bool__(self) -> bool:
        return bool(self.models) or self.thumbnail


@dataclass(frozen=True)
class Wanted:
    """What is wanted of media, by what they are."""

    image: Products = field(default_factory=Products)
    text: Products = field(default_factory=Products)

    def of(self, modality: str) -> Products:
        return self.text if modality == "text" else self.image


@dataclass(frozen=True)
class Result:
    """All that one queue item came to, ready to be committed in one transaction.

    ``vectors`` maps a model's name to the bytes of one row in that model's stored dtype, L2-normalized.
    ``info`` is None when the content was known already and only the place is new.
    """

    job: int
    item: int
    folder: str
    entry: Entry
    hash: bytes  # xxh3-128, 16 bytes, big-endian
    info: PictureInfo | None = None
    vectors: Mapping[str, bytes] = field(default_factory=dict)
    thumbnail: Thumbnail | None = None
    words: str | None = None  # of a text
