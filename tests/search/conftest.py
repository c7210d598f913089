"""A library of coloured pictures, and toy models whose vectors are colours and names of colours."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from aptl3.errors import ModelMismatch, ModelUnavailable
from aptl3.fitting.ways import Way
from aptl3.records.media import DATA, Entry, FileState, PictureInfo, Result
from aptl3.records.model import ModelRef, ModelSpec, PictureInput, StoredModel
from aptl3.search import example
from aptl3.search.embedders import Embedders, Map
from aptl3.search.searcher import Searcher
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer

Floats = npt.NDArray[np.float32]

INPUT = PictureInput(16, 1.0)
NAMES = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}
PROBE = np.ones(3, np.float32).tobytes()


def unit(vectors: npt.NDArray[np.floating]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return result


def picture_spec(name: str, space: str = "") -> ModelSpec:
    return ModelSpec(name, "1", "image", 3, space or name, INPUT, "MIT", "made here")


def text_spec(name: str, space: str = "", dim: int = 3) -> ModelSpec:
    return ModelSpec(name, "1", "text", dim, space or name, None, "MIT", "made here")


SPEC = picture_spec("colours")
WORDS = text_spec("names")


class Colours:
    """A picture model: a picture's vector is its mean colour."""

    def __init__(self, spec: ModelSpec = SPEC, fingerprint: str = "fingerprint") -> None:
        self.spec = spec
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


class Words(Colours):
    """A text model: more of the colours that are named than of the others; a text without any lies somewhere."""

    def __init__(self, spec: ModelSpec = WORDS, fingerprint: str = "fingerprint") -> None:
        super().__init__(spec, fingerprint)

    def embed(self, texts: Sequence[str]) -> Floats:  # type: ignore[override]
        return unit(np.stack([self._vector(text) for text in texts]))

    def _vector(self, text: str) -> npt.NDArray[np.floating]:
        named = np.array([float(name in text.split()) for name in NAMES])
        if self.spec.dim == len(NAMES) and named.any():
            return np.asarray(named - named.mean())
        somewhere = np.random.default_rng(zlib.crc32(text.encode()))
        return np.asarray(somewhere.standard_normal(self.spec.dim))


def straight(vectors: Floats) -> Floats:
    """The map between models whose axes are the same colours."""
    return unit(vectors)


class Opened:
    """Models to be opened, by name, and maps by the names of what they lead from and to. Remembers what was opened."""

    def __init__(
        self, models: Sequence[Colours] = (), ways: Mapping[tuple[str, str], Map] | None = None, default: str = "names"
    ) -> None:
        self.skills: dict[str, float] = {}  # by what they lead from
        self.models = {model.spec.name: model for model in models or (Colours(), Words())}
        self.ways = {("names", "colours"): straight} if ways is None else dict(ways)
        self.default = default
        self.opened: list[str] = []

    def embedders(self) -> Embedders:
        return Embedders(self._open, self._open, self._described, self._way, (self.default,))  # type: ignore[arg-type]

    def _open(self, ref: ModelRef) -> Colours:
        self.opened.append(ref.name)
        if ref.name not in self.models:
            raise ModelUnavailable(f"the weights of {ref.name} are gone; fetch them")
        return self.models[ref.name]

    def _described(self, ref: ModelRef) -> StoredModel:
        spec = self._open(ref).spec
        self.opened.pop()
        return StoredModel(spec.name, "fingerprint", spec.modality, spec.dim, spec.dtype, spec.space)

    def _way(self, store: Store, source: StoredModel, target: StoredModel) -> Way | None:
        found = straight if source.space == target.space else self.ways.get((source.name, target.name))
        if found is None:
            return None
        return Way("made here", lambda rows: found(np.asarray(rows)), "", self.skills.get(source.name, 0.0))


def removing_after_a_look(writer: Writer, place: str, monkeypatch: pytest.MonkeyPatch, least: int = 1) -> None:
    """When it is looked where the vectors of ``least`` items or more lie, ``place`` is taken out afterwards."""
    look = writer._readers.rows_of

    def looked(model: str, media: Sequence[int] | npt.NDArray[np.int64]) -> tuple[np.ndarray, np.ndarray]:
        found = look(model, media)
        if len(media) >= least:
            with writer.checkpoint() as checkpoint:
                checkpoint.remove([place])
        return found

    monkeypatch.setattr(writer._readers, "rows_of", looked)


def paint(path: Path, colour: tuple[int, int, int]) -> Path:
    Image.new("RGB", (40, 30), colour).save(path)
    return path


def pixels(path: str) -> npt.NDArray[np.uint8]:
    return example.pixels(example.contents(path), path, INPUT)


def add(writer: Writer, *paths: Path, models: Sequence[Colours] = (Colours(),)) -> list[int]:
    """Puts pictures into the library as an ingestion does, with vectors of ``models``; returns their ids."""
    entries = []
    for path in sorted(paths):
        status = os.stat(path)
        entries.append(Entry(path.name, FileState(status.st_size, status.st_mtime_ns)))
    folder = str(paths[0].parent)

    def result(job: int, item: int, entry: Entry) -> Result:
        seen = pixels(f"{folder}/{entry.name}")[None]
        rows = {model.spec.name: model.embed(seen)[0].astype("<f2").tobytes() for model in models}
        return Result(job, item, folder, entry, _hash(entry.name), PictureInfo("PNG", 40, 30), rows)

    _commit(writer, folder, entries, models, result)
    return [media for path in paths if (media := writer.media_at(str(path))) is not None]


def add_texts(writer: Writer, *texts: str, models: Sequence[Words] = (Words(),)) -> list[int]:
    """Puts texts that lie in no file into the library, with vectors of ``models``; returns their ids."""
    places = {quote(text, safe=""): text for text in texts}
    entries = [Entry(name, FileState(len(text.encode()), 0)) for name, text in sorted(places.items())]

    def result(job: int, item: int, entry: Entry) -> Result:
        text = places[entry.name]
        rows = {model.spec.name: model.embed([text])[0].astype("<f2").tobytes() for model in models}
        return Result(job, item, DATA, entry, _hash(text), PictureInfo("TEXT", 0, 0), rows, words=text)

    _commit(writer, DATA, entries, models, result)
    return [media for name in places if (media := writer.media_at(DATA + name)) is not None]


def _hash(name: str) -> bytes:
    return zlib.crc32(name.encode()).to_bytes(16, "big")


def _commit(
    writer: Writer,
    folder: str,
    entries: list[Entry],
    models: Sequence[Colours],
    result: Callable[[int, int, Entry], Result],
) -> None:
    with writer.checkpoint() as checkpoint:
        for model in models:
            checkpoint.add_model(model.spec, model.fingerprint, PROBE)
        job = checkpoint.create_job([folder], {"names": [entry.name for entry in entries]})
        checkpoint.record_listing(job, folder, entries, [], 0, [], [], None)
    with writer.checkpoint() as checkpoint:
        for item in writer.pending_items(job):
            checkpoint.commit_result(result(job, item.id, item.entry))


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
def painted(folder: Path) -> list[Path]:
    """A red, a green, a blue, and 20 mixed pictures."""
    named = [paint(folder / f"{name}.png", colour) for name, colour in NAMES.items()]
    return named + [paint(folder / f"mixed {n}.png", colour) for n, colour in enumerate(mixed(20))]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Writer]:
    """A library without anything."""
    with Writer.open(tmp_path / "library") as writer:
        yield writer


@pytest.fixture
def writer(empty: Writer, painted: list[Path]) -> Writer:
    """A library with what is painted."""
    add(empty, *painted)
    return empty


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def searcher(writer: Writer, opened: Opened, tmp_path: Path) -> Iterator[Searcher]:
    searcher = Searcher(writer, tmp_path / "cache", embedders=opened.embedders())
    yield searcher
    searcher.close()
