"""A library of any size for measuring, made in minutes: python scripts/make_library.py FOLDER [--count 1000000].

Everything goes through the store's own writer, as an ingestion would have left it: a job, folders of months with their
files, media with thumbnails of the usual size and vectors of the default models, every hundredth of them a text, and
one index. What would take days is drawn instead of computed: some distinct crops of the sample photographs stand for
all, and the vector of an item is that of its crop with noise of its own. So words find what they should, and no two
items are alike. The photographs themselves lie nowhere, unless the caller of ``make`` puts files where ``Maker.files``
says.

The same seed gives the same library. A million need some 16 GB.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from aptl3.config import cache_dir
from aptl3.fitting.indexing import build
from aptl3.fitting.questions import QUESTIONS
from aptl3.media.samples import sample_photographs
from aptl3.media.thumbnail import LONGEST, encode, thumbnail_size
from aptl3.models.model import PictureModel, TextModel
from aptl3.models.opening import open_picture_model, open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT
from aptl3.records.job import JobState
from aptl3.records.media import Entry, FileState, PictureInfo, Result, Thumbnail
from aptl3.records.store import QueueItem
from aptl3.storage.writer import Writer

Floats = NDArray[np.float32]

HOME = "/photographs"  # where the files are said to lie
CROPS = 1000  # distinct pictures
FOLDER = 5000  # files in each
CHECKPOINT = 2500  # items
TEXT_EVERY = 100
NOISE = 0.6  # the length of an item's own noise beside the unit vector of its crop
BEGIN, DAYS = datetime(2005, 1, 1, 12), 7000.0  # when the first was taken, and over how many days they all were
CAMERAS = ("Canon EOS 5D", "NIKON D90", "Pixel 6", "iPhone 12", None)


@dataclass(frozen=True)
class Source:
    """What items of one kind are drawn from: ``vectors`` (n, dim) unit rows of ``model``, and what each looks like."""

    model: str
    vectors: Floats
    thumbnails: tuple[Thumbnail, ...] = ()
    words: tuple[str, ...] = ()


def pictures(model: PictureModel, count: int, rng: np.random.Generator, side: int) -> Source:
    """Squares and oblongs out of the sample photographs, embedded, with thumbnails of ``side``."""
    assert model.spec.input is not None
    size = model.spec.input.size
    read = [cv2.imread(path) for path in sample_photographs()]
    originals = [picture[:, :, ::-1] for picture in read if picture is not None]
    thumbnails, inputs = [], []
    for _ in range(count):
        crop = _crop(originals[rng.integers(len(originals))], rng)
        shown = thumbnail_size(crop.shape[1], crop.shape[0], side)
        pixels = np.ascontiguousarray(cv2.resize(crop, shown, interpolation=cv2.INTER_AREA), np.uint8)
        thumbnails.append(Thumbnail(encode(pixels), *shown))
        inputs.append(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA))
    parts = [model.embed(np.stack(inputs[start : start + 64])) for start in range(0, count, 64)]
    return Source(model.spec.name, np.concatenate(parts), tuple(thumbnails))


def _crop(original: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random window of an aspect that cameras have, mirrored half the time."""
    height, width = original.shape[:2]
    aspect = (4 / 3, 3 / 2, 16 / 9, 1.0, 3 / 4)[rng.integers(5)]
    high = min(height, width / aspect) * rng.uniform(0.4, 1.0)
    tall, wide = int(high), int(high * aspect)
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    crop = original[top : top + tall, left : left + wide]
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def texts(model: TextModel) -> Source:
    return Source(model.spec.name, model.embed(QUESTIONS), words=QUESTIONS)


class Maker:
    """Fills the library of ``writer`` with ``count`` items, whose files are said to lie below ``home``."""

    def __init__(self, writer: Writer, count: int, seed: int, home: str = HOME, side: int = LONGEST) -> None:
        self._writer, self._count = writer, count
        self._home, self._side = home, side
        self._rng = np.random.default_rng(seed)
        self._pictures, self._texts = self._sources()

    def run(self) -> Iterator[int]:
        """Yields how many are there, again and again."""
        firsts = self._firsts()
        with self._writer.checkpoint() as checkpoint:
            job = checkpoint.create_job([self._folder(first) for first in firsts], {})
        for first in firsts:
            self._list(job, first)
            while items := self._writer.pending_items(job, limit=CHECKPOINT):
                results = self._results(job, items)
                with self._writer.checkpoint() as checkpoint:
                    for result in results:
                        checkpoint.commit_result(result)
            yield min(first + FOLDER, self._count)
        with self._writer.checkpoint() as checkpoint:
            checkpoint.set_job(job, state=JobState.DONE)

    def files(self) -> Iterator[tuple[str, list[Entry]]]:
        """Each folder with its files, by name."""
        for first in self._firsts():
            yield self._folder(first), self._entries(first)

    def _firsts(self) -> range:
        return range(0, self._count, FOLDER)

    def _sources(self) -> tuple[Source, Source]:
        cache = cache_dir()
        with (
            open_picture_model(DEFAULT_IMAGE, cache=cache) as seeing,
            open_text_model(DEFAULT_TEXT, cache=cache) as reading,
            self._writer.checkpoint() as checkpoint,
        ):
            for model in (seeing, reading):
                checkpoint.add_model(model.spec, model.fingerprint, model.probe())
            return pictures(seeing, min(CROPS, self._count), self._rng, self._side), texts(reading)

    def _list(self, job: int, first: int) -> None:
        """Queues the files of one folder."""
        with self._writer.checkpoint() as checkpoint:
            checkpoint.record_listing(job, self._folder(first), self._entries(first), [], 0, [], [], None)

    def _entries(self, first: int) -> list[Entry]:
        entries = []
        for number in range(first, min(first + FOLDER, self._count)):
            name = f"note {number:07}.txt" if _is_text(number) else f"IMG_{number:07}.jpg"
            taken = self._taken(number)
            entries.append(Entry(name, FileState(2_000_000 + number, int(taken.timestamp()) * 10**9)))
        return sorted(entries, key=lambda entry: entry.name)

    def _results(self, job: int, items: list[QueueItem]) -> list[Result]:
        found: list[Result] = []
        for source, chosen in (
            (self._pictures, [item for item in items if not _is_text(_number(item))]),
            (self._texts, [item for item in items if _is_text(_number(item))]),
        ):
            drawn = self._rng.integers(len(source.vectors), size=len(chosen))
            rows = _with_noise(source.vectors[drawn], self._rng)
            for item, one, row in zip(chosen, drawn.tolist(), rows, strict=True):
                found.append(self._result(job, item, source, one, row.tobytes()))
        return found

    def _result(self, job: int, item: QueueItem, source: Source, drawn: int, row: bytes) -> Result:
        number = _number(item)
        thumbnail, words = None, None
        if source.words:
            words = f"Note {number}: {source.words[drawn]}."
            info = PictureInfo("TEXT", 0, 0)
        else:
            thumbnail = source.thumbnails[drawn]
            taken = self._taken(number).isoformat(timespec="seconds")
            camera = CAMERAS[number % len(CAMERAS)]
            info = PictureInfo("JPEG", 12 * thumbnail.width, 12 * thumbnail.height, taken, camera)
        hash = self._rng.bytes(16)
        return Result(job, item.id, item.folder, item.entry, hash, info, {source.model: row}, thumbnail, words)

    def _folder(self, first: int) -> str:
        return f"{self._home}/{self._taken(first):%Y/%m-%d}"

    def _taken(self, number: int) -> datetime:
        return BEGIN + timedelta(days=DAYS * number / self._count)


def _is_text(number: int) -> bool:
    return number % TEXT_EVERY == TEXT_EVERY - 1


def _number(item: QueueItem) -> int:
    return int("".join(filter(str.isdigit, item.entry.name)))


def _with_noise(vectors: Floats, rng: np.random.Generator) -> NDArray[np.float16]:
    """Unit rows around ``vectors`` (n, dim)."""
    noise = rng.standard_normal(vectors.shape, np.float32)
    rows = vectors + noise * np.float32(NOISE / vectors.shape[1] ** 0.5)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    stored: NDArray[np.float16] = rows.astype("<f2")
    return stored


def add_index(writer: Writer) -> None:
    """The index that the program chooses."""
    record = build(writer, DEFAULT_IMAGE, threads=os.cpu_count() or 1)
    if record is not None:
        with writer.checkpoint() as checkpoint:
            checkpoint.add_index(record)


def make(folder: Path, count: int, seed: int = 1) -> None:
    """Makes a library of ``count`` items in ``folder``, which must hold none. Says on standard error how far it is."""
    began = time.perf_counter()
    with Writer.open(folder) as writer:
        if writer.counts().media:
            raise SystemExit(f"{folder} holds a library already: name another folder, or remove it")
        for done in Maker(writer, count, seed).run():
            sys.stderr.write(f"\r{done:,} of {count:,} items, {time.perf_counter() - began:.0f} s")
        sys.stderr.write("; the index")
        add_index(writer)
    sys.stderr.write(f"\r{count:,} items in {folder}, made in {time.perf_counter() - began:.0f} s\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    make(given.folder, given.count, given.seed)


if __name__ == "__main__":
    main()
