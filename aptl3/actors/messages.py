"""What travels between the supervisor and the stages: small frozen values and the places of large ones.

Bytes of files, pixels, vectors and encoded thumbnails lie in shared memory. A message names the ``Frame`` and the
``Region`` in it; the supervisor lends both with a task and takes them back when the item is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from aptl3.actors.runtime.frames import Frame
from aptl3.records.failure import Reason
from aptl3.records.job import JobState
from aptl3.records.media import Entry, PictureInfo, Wanted
from aptl3.records.model import ModelRef, ModelSpec, PictureInput
from aptl3.records.relation import Caption


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


@dataclass(frozen=True, slots=True)
class Scan:
    """List ``folder`` (or the one file of that path) from behind ``after`` on, as much as the frame holds."""

    folder: str
    after: str | None
    wanted: Wanted
    frame: Frame


@dataclass(frozen=True, slots=True)
class Scanned:
    """``used`` bytes of the frame hold a ``scan.Page``; ``new`` of its files go into the queue."""

    used: int
    new: int


@dataclass(frozen=True, slots=True)
class Load:
    """Read a file once into ``source``, and hash it."""

    folder: str
    entry: Entry
    frame: Frame
    source: Region


@dataclass(frozen=True, slots=True)
class Loaded:
    size: int
    hash: bytes


# ---- decoder


@dataclass(frozen=True, slots=True)
class Decode:
    frame: Frame
    source: Region
    inputs: tuple[tuple[PictureInput, Region], ...]
    thumbnail: int | None  # longest side in pixels; None: not wanted
    pixels: Region


@dataclass(frozen=True, slots=True)
class Decoded:
    info: PictureInfo
    width: int  # of the thumbnail's pixels; 0 when none was wanted
    height: int


@dataclass(frozen=True, slots=True)
class DecodeText:
    frame: Frame
    source: Region
    words: Region


@dataclass(frozen=True, slots=True)
class DecodedText:
    info: PictureInfo
    size: int  # bytes of UTF-8 that were put into ``words``


# ---- extractor


@dataclass(frozen=True, slots=True)
class Identify:
    """Who are you, model that the library does not know yet? Answered by ``Identity``."""

    model: str


@dataclass(frozen=True, slots=True)
class Identity:
    model: str
    fingerprint: str
    engine: str
    probe: bytes


@dataclass(frozen=True, slots=True)
class Embed:
    """One picture's input, or one text's words, to one row of the model's stored dtype. Answered by None."""

    model: str
    frame: Frame
    input: Region
    vector: Region


# ---- thumbnailer


@dataclass(frozen=True, slots=True)
class Encode:
    """Answered by the number of bytes that the JPEG takes of ``jpeg``."""

    frame: Frame
    pixels: Region
    width: int
    height: int
    jpeg: Region


# ---- writer: each is one operation of a checkpoint; all may be repeated


@dataclass(frozen=True, slots=True)
class Record:
    """Put what a scan found into the job's queue."""

    job: int
    folder: str
    frame: Frame
    used: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """A folder that could not be listed: one failure row, and nothing that is known of it is touched."""

    job: int
    folder: str
    reason: Reason
    error: str


@dataclass(frozen=True, slots=True)
class Commit:
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


@dataclass(frozen=True, slots=True)
class Fail:
    job: int
    item: int
    stage: str
    reason: Reason
    error: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Jobs that a lost supervisor left running become interrupted ones."""


@dataclass(frozen=True, slots=True)
class CreateJob:
    """Answered by the job's number."""

    paths: tuple[str, ...]
    options: str  # JSON


@dataclass(frozen=True, slots=True)
class ChangeJob:
    job: int
    state: JobState | None = None
    error: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FillJob:
    """A job whose items are the media that lack something wanted. Answered by its number."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Introduced:
    """A model that has proved itself, and where the user says that its weights lie."""

    spec: ModelSpec
    identity: Identity
    weights: str | None = None


@dataclass(frozen=True, slots=True)
class AddModels:
    models: tuple[Introduced, ...]


@dataclass(frozen=True, slots=True)
class RemoveModel:
    """Answered by the counts of what went with it. ``default``: libraries embed with it unasked."""

    name: str
    default: bool


@dataclass(frozen=True, slots=True)
class Relate:
    """Pair photographs with words. Answered by the counts."""

    name: str
    source: str
    captions: tuple[Caption, ...]


@dataclass(frozen=True, slots=True)
class RemoveRelation:
    """Answered by the counts of what went with it."""

    relation: int


@dataclass(frozen=True, slots=True)
class AddAlignment:
    """A finished alignment whose file lies in place. ``record`` is an ``AlignmentRecord`` as JSON. Answered by its
    number."""

    record: str


@dataclass(frozen=True, slots=True)
class RemoveAlignment:
    alignment: int


@dataclass(frozen=True, slots=True)
class AddIndex:
    """A finished index whose files lie in place. ``record`` is an ``IndexRecord`` as JSON, to stay small and flat."""

    record: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop failure rows: those of ``urls``, or all. Answered by how many went."""

    urls: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Retry:
    """Make failed files new again: those of ``urls``, or all. Answered by their paths."""

    urls: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Remove:
    """Take out what lies at or under these paths, and compact. Answered by the counts."""

    paths: tuple[str, ...]


WriterOperation = (
    Record
    | Refuse
    | Commit
    | Fail
    | Settle
    | CreateJob
    | FillJob
    | ChangeJob
    | AddModels
    | RemoveModel
    | Relate
    | RemoveRelation
    | AddAlignment
    | RemoveAlignment
    | AddIndex
    | Forget
    | Retry
    | Remove
)


# ---- keeper


@dataclass(frozen=True, slots=True)
class Prepare:
    """Convert and cache a model's engine, so that a search need not."""

    model: str


@dataclass(frozen=True, slots=True)
class BuildIndex:
    """Build and measure an index of this model's committed vectors. Answered by an ``IndexRecord`` or None."""

    model: str


@dataclass(frozen=True, slots=True)
class Introduce:
    """Have the models that a user means by ``name`` fetched, prepared and opened, and see that they prove themselves.
    Answered by a tuple of ``Introduced``."""

    name: str
    weights: str | None


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Fit words to pictures by the picture model's classes. Answered by an ``AlignmentRecord`` as JSON, or None when
    it has none, or when a way leads there already."""

    text: ModelRef
    image: ModelRef


@dataclass(frozen=True, slots=True)
class Fit:
    """Fit an alignment of models of the library on a relation's pairs. Answered by an ``AlignmentRecord`` as JSON."""

    models: tuple[str, ...]
    relation: int | None
    recipe: str
    name: str | None
    limit: int | None


KeeperTask = Prepare | BuildIndex | Introduce | Bootstrap | Fit
