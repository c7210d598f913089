"""Models, contents and results for the tests of the store; everything follows from small numbers."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xxhash
from PIL import Image

from aptl3.records.job import JobState
from aptl3.records.media import Entry, FileState, PictureInfo, Products, Result, Thumbnail, Wanted
from aptl3.records.model import ModelSpec
from aptl3.records.relation import AlignmentRecord, Caption, Related
from aptl3.records.store import QueueItem
from aptl3.storage.writer import Writer

FOLDER = "/photographs"
RED = ModelSpec("red", "1", "image", 16, "red", None, "MIT", "made here")
BLUE = ModelSpec("blue", "1", "image", 8, "blue", None, "MIT", "made here", dtype="float32")
MINI = ModelSpec("mini", "1", "text", 8, "mini", None, "MIT", "made here", dtype="float32")
SPECS = {spec.name: spec for spec in (RED, BLUE, MINI)}
_runs = itertools.count()  # options that differ make another job of the same folder
PROBE = np.ones(16, np.float32).tobytes()
WANTED = Wanted(Products(("red", "blue"), thumbnail=True))
TEXTS = Products(("mini",), thumbnail=True)
ALL = Wanted(WANTED.image, TEXTS)


def row(content: int, spec: ModelSpec = RED) -> bytes:
    """The normalized vector of a content, as it is stored."""
    vector = np.random.default_rng([content, spec.dim]).normal(size=spec.dim)
    unit: np.ndarray = vector / np.linalg.norm(vector)
    return unit.astype(np.dtype(spec.dtype).newbyteorder("<")).tobytes()


@lru_cache
def thumbnail(content: int) -> Thumbnail:
    file = io.BytesIO()
    pixels = np.random.default_rng(content).integers(0, 255, (20, 30, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return Thumbnail(file.getvalue(), 30, 20)


def hash_of(content: int) -> bytes:
    return content.to_bytes(16, "big")


def entry(name: str, state: int = 1) -> Entry:
    return Entry(name, FileState(100 + state, 1_000 + state))


def result(
    job: int, item: QueueItem, content: int, specs: Sequence[ModelSpec] = (RED, BLUE), known: bool = False
) -> Result:
    """What a file with this content comes to; ``known``: nothing was computed for it."""
    if known:
        return Result(job, item.id, item.folder, item.entry, hash_of(content))
    return Result(
        job,
        item.id,
        item.folder,
        item.entry,
        hash_of(content),
        PictureInfo("JPEG", 300, 200, "2020-02-02T02:02:02", "box"),
        {spec.name: row(content, spec) for spec in specs},
        thumbnail(content),
    )


def add_models(writer: Writer) -> None:
    with writer.checkpoint() as checkpoint:
        for spec in (RED, BLUE):
            checkpoint.add_model(spec, f"fingerprint of {spec.name}", PROBE)


def queue(writer: Writer, names: Sequence[str], folder: str = FOLDER, state: int = 1) -> tuple[int, list[QueueItem]]:
    """A job whose queue holds these files of one folder, all of it listed."""
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([folder], {"run": next(_runs)})
        entries = [entry(name, state) for name in sorted(names)]
        checkpoint.record_listing(job, folder, entries, [], 0, [], [], None)
    return job, writer.pending_items(job)


def ingest(writer: Writer, contents: dict[str, int], folder: str = FOLDER) -> list[int]:
    """Puts files with these contents into the library; returns the ids of their media."""
    job, items = queue(writer, list(contents), folder)
    with writer.checkpoint() as checkpoint:
        for item in items:
            assert checkpoint.commit_result(result(job, item, contents[item.entry.name]))
        checkpoint.set_job(job, state=JobState.DONE)
    media = [writer.media_at(f"{folder}/{name}") for name in contents]
    return [id for id in media if id is not None]


def add_text_model(writer: Writer, weights: str | None = None) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(MINI, "fingerprint of mini", PROBE, weights)


def relate(writer: Writer, captions: dict[str, str], name: str = "coco") -> Related:
    """Pairs photographs, by their names in ``FOLDER``, with one caption each."""
    with writer.checkpoint() as checkpoint:
        return checkpoint.relate(name, "a test", [Caption(f"{FOLDER}/{path}", text) for path, text in captions.items()])


def fill(writer: Writer, wanted: Wanted = ALL) -> int:
    """Gives all media what they lack of what is ``wanted``; returns how many lacked something."""
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([], {"fill": next(_runs)})
        queued = checkpoint.fill_job(job, wanted)
        for item in writer.pending_items(job):
            media = writer.media_at(item.path)
            assert media is not None
            info = writer.media_info(media)
            assert info is not None
            _, products = writer.lacking(info.hash, wanted, info.modality)
            vectors = {name: row(media, SPECS[name]) for name in products.models}
            shown = thumbnail(media) if products.thumbnail else None
            known = Result(job, item.id, item.folder, item.entry, info.hash, None, vectors, shown)
            assert checkpoint.commit_result(known)
        checkpoint.set_job(job, state=JobState.DONE)
    return queued


def content_of(name: str) -> bytes:
    """What the file of an alignment holds."""
    return f"the arrays of {name}".encode()


def alignment(
    writer: Writer, name: str = "1.aln", models: Sequence[str] = ("red", "mini"), pairs: int = 0
) -> AlignmentRecord:
    """A record of an alignment whose file is published."""
    writer.layout.alignment(name).write_bytes(content_of(name))
    return AlignmentRecord(
        id=0,
        name=f"words to pictures {name}",
        models={model: f"fingerprint of {model}" for model in models},
        file=name,
        checksum=xxhash.xxh3_128_hexdigest(content_of(name)),
        recipe="joined",
        relation=None,
        pairs=pairs,
        classes=1000,
        distance=0.5,
        created="2020-02-02T02:02:02+00:00",
    )
