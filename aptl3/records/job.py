"""An ingestion job: what was asked, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum
from typing import Any


class JobState(str, Enum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"  # stopped by Ctrl-C or a lost supervisor; the same command goes on with it
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"  # given up as a whole; ``error`` says why

    @property
    def over(self) -> bool:
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True)
class JobCounts:
    """Items by outcome. ``found`` = new or changed files that went into the queue; ``unchanged`` files were not read;
    ``duplicates`` were read and hashed, their content was known; ``added`` media are new."""

    found: int = 0
    unchanged: int = 0
    duplicates: int = 0
    added: int = 0
    vectors: int = 0
    thumbnails: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Job:
    id: int
    state: JobState
    paths: tuple[str, ...]
    counts: JobCounts
    seconds: float  # worked on, over all its runs
    pending: int = 0  # items still in the queue
    folders: int = 0  # folders still to be listed
    error: str | None = None
    limited_by: str | None = None  # the stage that held the others back; known while its supervisor lives

    def unattended(self) -> Job:
        """The job as it is when no supervisor runs: what was under way is interrupted."""
        under_way = self.state in (JobState.RUNNING, JobState.QUEUED)
        return replace(self, state=JobState.INTERRUPTED) if under_way else self

    def as_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints for a job."""
        done = self.counts.found - self.pending
        return {
            "job": self.id,
            "state": self.state.value,
            "paths": list(self.paths),
            **asdict(self.counts),
            "pending": self.pending,
            "folders": self.folders,
            "seconds": round(self.seconds, 3),
            "per_second": round(done / self.seconds, 1) if self.seconds else 0.0,
            "error": self.error,
            "limited_by": self.limited_by,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Job:
        """The job of a document that ``as_json`` made."""
        return cls(
            id=document["job"],
            state=JobState(document["state"]),
            paths=tuple(document["paths"]),
            counts=JobCounts(**{one.name: document[one.name] for one in fields(JobCounts)}),
            seconds=document["seconds"],
            pending=document["pending"],
            folders=document["folders"],
            error=document["error"],
            limited_by=document.get("limited_by"),
        )
