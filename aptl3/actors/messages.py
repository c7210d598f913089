"""What travels between the supervisor and the stages: small frozen values and the places of large ones.

Bytes of files, pixels, vectors and encoded thumbnails lie in shared memory. A message names the ``Frame`` and the
``Region`` in it; the supervisor lends both with a task, and takes them back when nobody needs them any more.
"""

from __future__ import annotations

from typing import NamedTuple

from aptl3.actors.runtime.frames import Frame
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, PictureInfo, Wanted
from aptl3.records.model import PictureInput


class Region(NamedTuple):
    """Bytes ``start`` … ``start + size`` of a frame."""

    start: int
    size: int


class ThumbnailPlace(NamedTuple):
    """An encoded thumbnail: where its bytes lie, and its size in pixels."""

    region: Region
    width: int
    height: int


# ---- loader


class Scan(NamedTuple):
    """List ``folder`` (or the one file of that path) from behind ``after`` on, as much as the frame holds."""

    folder: str
    after: str | None
    wanted: Wanted
    frame: Frame


class Scanned(NamedTuple):
    """``used`` bytes of the frame hold a ``scan.Page``; ``new`` of its files go into the queue."""

    used: int
    new: int


class Load(NamedTuple):
    """Read a file once into the frame ``file``, and hash it."""

    folder: str
    entry: Entry
    file: Frame


class Loaded(NamedTuple):
    size: int
    hash: bytes


# ---- decoder


class Decode(NamedTuple):
    """The first ``size`` bytes of ``file`` are the file's; what comes of them goes to ``frame``."""

    file: Frame
    size: int
    frame: Frame
    inputs: tuple[tuple[PictureInput, Region], ...]
    thumbnail: int | None  # longest side in pixels; None: not wanted
    pixels: Region


class Decoded(NamedTuple):
    info: PictureInfo
    width: int  # of the thumbnail's pixels; 0 when none was wanted
    height: int


class DecodeText(NamedTuple):
    file: Frame
    size: int
    frame: Frame
    words: Region


class DecodedText(NamedTuple):
    info: PictureInfo
    size: int  # bytes of UTF-8 that were put into ``words``


# ---- extractor


class Identify(NamedTuple):
    """Who are you, model that the library does not know yet? Answered by ``Identity``."""

    model: str


class Identity(NamedTuple):
    model: str
    fingerprint: str
    engine: str
    probe: bytes


class Embed(NamedTuple):
    """One picture's input, or one text's words, to one row of the model's stored dtype. Answered by None."""

    model: str
    frame: Frame
    input: Region
    vector: Region


# ---- thumbnailer


class Encode(NamedTuple):
    """Answered by the number of bytes that the JPEG takes of ``jpeg``."""

    frame: Frame
    pixels: Region
    width: int
    height: int
    jpeg: Region


# ---- writer: each is one operation of a checkpoint, as those in ``requests``; all may be repeated


class Record(NamedTuple):
    """Put what a scan found into the job's queue."""

    job: int
    folder: str
    frame: Frame
    used: int


class Refuse(NamedTuple):
    """A folder that could not be listed: one failure row, and nothing that is known of it is touched."""

    job: int
    folder: str
    reason: Reason
    error: str


class Commit(NamedTuple):
    job: int
    item: int
    folder: str
    entry: Entry
    hash: bytes
    info: PictureInfo | None
    frame: Frame
    vectors: tuple[tuple[str, Region], ...]
    thumbnail: ThumbnailPlace | None
    words: Region | None = None


class Fail(NamedTuple):
    job: int
    item: int
    stage: str
    reason: Reason
    error: str
