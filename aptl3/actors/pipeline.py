"""The pipeline as data: the only place where stages are wired.

``specs`` describes the children in the order in which they start: the writer, which runs as long as its supervisor;
those that are started for a job, the slowest to start first; the keeper, for when there is something to keep. Running
them is the runtime's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aptl3.actors import sharing
from aptl3.actors.decoder import Decoder
from aptl3.actors.extractor import Extractor
from aptl3.actors.keeper import Keeper
from aptl3.actors.loader import Loader
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.thumbnailer import Thumbnailer
from aptl3.actors.writer import Writer
from aptl3.config import Settings

COMMIT_EVERY = 0.2  # seconds that a commit waits for company: each costs two syncs of the disk, whatever it holds
COMPANY = 0.05  # seconds that what a decoder gave waits for more of it: an item's vectors and thumbnail go together
# Batches that an extractor holds: one whose rows it waits for, one that is begun behind it, and one in its mailbox.
# Without the last it would find nothing to begin with whenever a batch has come back, and at the end of the other its
# threads would stand still one after the other: 4 % fewer photographs a second on 2 cores.
AT_EXTRACTOR = 3
OPENING = 300.0  # seconds: the first item of a model waits until that is opened, the first time of all also converted
COMPACTION = 3600.0  # seconds: rewriting the vectors of millions on a slow disk may take this long
LONG = 4 * 3600.0  # seconds: building an index of millions of vectors may take this long


@dataclass(frozen=True)
class Places:
    """Where a library and the caches of models lie."""

    root: Path
    cache: Path


def specs(places: Places, settings: Settings) -> list[ChildSpec]:
    """The children of a library's supervisor. Counts are what runs at the start; ``job_workers`` is for a job."""
    batch = settings.batch
    deadline = settings.deadline
    threads = settings.extractor_threads
    return [
        ChildSpec(
            "writer",
            Writer,
            (places.root,),
            count=1,
            batch=batch["writer"],
            linger=COMMIT_EVERY,
            deadline=COMPACTION,
            fork=sharing.no_catalog_open,
        ),
        ChildSpec(
            "extractor",
            Extractor,
            (places.root, places.cache, threads),
            count=0,
            batch=batch["extractor"],
            grows=True,
            credit=AT_EXTRACTOR,
            linger=COMPANY,
            deadline=max(deadline, OPENING),
            shared=sharing.numbers,
            fork=sharing.no_catalog_open,
        ),
        ChildSpec(
            "loader",
            Loader,
            (places.root,),
            count=0,
            batch=batch["loader"],
            deadline=deadline,
            shared=sharing.files,
            fork=sharing.no_catalog_open,
        ),
        ChildSpec(
            "decoder",
            Decoder,
            count=0,
            batch=batch["decoder"],
            grows=True,
            deadline=deadline,
            shared=sharing.pictures,
        ),
        ChildSpec(
            "thumbnailer",
            Thumbnailer,
            count=0,
            batch=batch["thumbnailer"],
            linger=COMPANY,
            deadline=deadline,
            shared=sharing.pictures,
        ),
        # Its sums are large: it loads numpy by itself, and computes on all cores.
        ChildSpec("keeper", Keeper, (places.root, places.cache, threads), count=0, batch=1, deadline=LONG, fork=False),
    ]


def job_workers(settings: Settings) -> dict[str, int]:
    """How many of each stage work on a job."""
    return {stage: settings.workers[stage] for stage in ("extractor", "loader", "decoder", "thumbnailer")}


def frame_pool(settings: Settings) -> FramePool:
    """Shared memory for all items under way. What is reserved costs nothing until it is touched."""
    return FramePool(capacity=settings.open_bytes + 2 * settings.max_file_bytes, budget=settings.open_bytes)
