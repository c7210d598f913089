"""What the writer and the keeper are asked to do for the library as a whole: jobs, models, relations, indexes.

Apart from ``messages``, so that the stages on the files' way do not load what they never meet. A request of the writer
is one operation of a checkpoint, and may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from aptl3.actors.messages import Commit, Fail, Identity, Record, Refuse
from aptl3.records.job import JobState
from aptl3.records.media import Wanted
from aptl3.records.model import ModelRef, ModelSpec
from aptl3.records.relation import Caption


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
class KeepSetting:
    """Have the library remember a text by name; None: no longer."""

    key: str
    value: str | None


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
    | KeepSetting
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
