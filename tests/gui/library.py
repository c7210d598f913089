"""Small libraries, put together by the store's own writer."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from aptl3.records.job import JobState
from aptl3.records.media import Entry, FileState, PictureInfo, Result, Thumbnail
from aptl3.records.relation import Caption
from aptl3.storage.writer import Writer

FOLDER = "/photographs"


def new_library(root: Path) -> Writer:
    return Writer.open(root)


@lru_cache
def jpeg(content: int, size: tuple[int, int] = (300, 200), mode: str = "RGB") -> bytes:
    """Of one colour, which follows from the content."""
    color = tuple(int(one) for one in np.random.default_rng(content).integers(0, 255, 3))
    file = io.BytesIO()
    Image.new("RGB", size, color).convert(mode).save(file, "JPEG")
    return file.getvalue()


def add(writer: Writer, count: int, first: int = 0, folder: str = FOLDER, thumbnails: bool = True) -> list[int]:
    """Photographs of consecutive days; returns their ids, newest first."""
    names = [f"{number:06}.jpg" for number in range(first, first + count)]
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([folder], {"first": first})
        entries = [Entry(name, FileState(100, 86_400_000_000_000 * (int(name[:6]) + 1))) for name in names]
        checkpoint.record_listing(job, folder, entries, [], 0, [], [], None)
    items = writer.pending_items(job, limit=count)
    with writer.checkpoint() as checkpoint:
        for item in items:
            content = int(item.entry.name[:6])
            thumbnail = Thumbnail(jpeg(content), 300, 200) if thumbnails else None
            hash = f"{folder}/{content}".encode().rjust(16)[-16:]
            info = PictureInfo("JPEG", 300, 200, None, None)
            checkpoint.commit_result(Result(job, item.id, folder, item.entry, hash, info, {}, thumbnail))
        checkpoint.set_job(job, state=JobState.DONE)
    media = [writer.media_at(f"{folder}/{name}") for name in reversed(names)]
    return [id for id in media if id is not None]


def add_caption(writer: Writer, name: str, words: str) -> int:
    """A text that is paired with a photograph of ``add``; returns its id."""
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(f"{FOLDER}/{name}", words)])
    picture = writer.media_at(f"{FOLDER}/{name}")
    assert picture is not None
    return writer.captions_of(picture)[-1]
