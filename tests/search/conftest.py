"""A library of coloured pictures, and a toy model whose vectors are their colours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from aptl3.errors import ModelMismatch
from aptl3.records.media import Entry, FileState, PictureInfo, Result
from aptl3.records.model import ModelSpec, PictureInput, StoredModel
from aptl3.search import example
from aptl3.search.embedders import Embedders
from aptl3.search.searcher import Searcher
from aptl3.storage.writer import Writer

Floats = npt.NDArray[np.float32]

INPUT = PictureInput(16, 1.0)
SPEC = ModelSpec("colours", "1", "image", 3, "colours", INPUT, "MIT", "made here")
NAMES = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}
PROBE = np.ones(3, np.float32).tobytes()


def unit(vectors: npt.NDArray[np.floating]) -> Floats:
    result: Floats = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return result


class Colours:
    """The picture model: a picture's vector is its mean colour."""

    def __init__(self, fingerprint: str = "fingerprint") -> None:
        self.spec = SPEC
        self.fingerprint = fingerprint
        self.open = True

    def embed(self, pictures: npt.NDArray[np.uint8]) -> Floats:
        assert pictures.shape[1:] == (16, 16, 3)
        return unit(pictures.reshape(len(pictures), -1, 3).mean(axis=1))

    def prove(self, probe: bytes) -> None:
        if probe != PROBE:
            raise ModelMismatch("another model; install that one")

    def close(self) -> None:
        self.open = False


class Words:
    """The way from names of colours to directions: more of that one than of the others."""

    name = "names → colours"

    def __init__(self) -> None:
        self.open = True

    def embed(self, texts: Sequence[str]) -> Floats:
        wanted = [[float(word in text.split()) for word in NAMES] for text in texts]
        return unit(np.array(wanted) - np.mean(wanted, axis=1, keepdims=True))

    def close(self) -> None:
        self.open = False


class Opened:
    """Embedders that remember what was opened."""

    def __init__(self, model: Colours | None = None) -> None:
        self.model = model or Colours()
        self.way = Words()
        self.pictures = self.words = 0

    def embedders(self) -> Embedders:
        def words(target: StoredModel) -> Words:
            self.words += 1
            return self.way

        def pictures(target: StoredModel) -> Colours:
            self.pictures += 1
            return self.model

        return Embedders(words, pictures)


def paint(path: Path, colour: tuple[int, int, int]) -> Path:
    Image.new("RGB", (40, 30), colour).save(path)
    return path


def add(writer: Writer, *paths: Path) -> list[int]:
    """Puts pictures into the library as an ingestion does; returns their ids."""
    folder = str(paths[0].parent)
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(SPEC, "fingerprint", PROBE)
        job = checkpoint.create_job([folder], {"paths": [path.name for path in paths]})
        entries = []
        for path in sorted(paths):
            status = os.stat(path)
            entries.append(Entry(path.name, FileState(status.st_size, status.st_mtime_ns)))
        checkpoint.record_listing(job, folder, entries, [], 0, [], [], None)
    with writer.checkpoint() as checkpoint:
        for item in writer.pending_items(job):
            vector = Colours().embed(example.pixels(f"{folder}/{item.entry.name}", INPUT)[None])[0]
            row = vector.astype("<f2").tobytes()
            hash = item.entry.name.encode().ljust(16, b"-")[:16]
            info = PictureInfo("PNG", 40, 30)
            checkpoint.commit_result(Result(job, item.id, folder, item.entry, hash, info, {"colours": row}))
    return [media for path in paths if (media := writer.media_at(str(path))) is not None]


def mixed(count: int) -> list[tuple[int, int, int]]:
    """Yellows, cyans and purples, all different: each is about as near to two of the names."""
    chance = np.random.default_rng(5)
    found = []
    for number in range(count):
        colour = [int(value) for value in chance.integers(190, 250, 3)]
        colour[number % 3] = int(chance.integers(10, 60))
        found.append((colour[0], colour[1], colour[2]))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


@pytest.fixture
def writer(tmp_path: Path, folder: Path) -> Iterator[Writer]:
    """A library with a red, a green, a blue, and 20 mixed pictures."""
    painted = [paint(folder / f"{name}.png", colour) for name, colour in NAMES.items()]
    painted += [paint(folder / f"mixed {n}.png", colour) for n, colour in enumerate(mixed(20))]
    with Writer.open(tmp_path / "library") as writer:
        add(writer, *painted)
        yield writer


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def searcher(writer: Writer, opened: Opened, tmp_path: Path) -> Iterator[Searcher]:
    searcher = Searcher(writer, tmp_path / "cache", embedders=opened.embedders())
    yield searcher
    searcher.close()
