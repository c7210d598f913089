"""Collections of vectors to search in, each in a folder, made from a seed or taken from what is real.

``rows.f16`` (float16, as a library stores them), ``held.f32`` (vectors like them that are not among them, to ask with),
``words.f32`` (directions of texts that came through an alignment) and ``tune.f32`` (other such, to set efforts with).

- ``easy``: 2000 clusters that lie well apart.
- ``hard``: 300 clusters whose noise is larger than their distance, so that a row's neighbours lie all around.
- ``crops``: EfficientNet-Lite0 of distinct crops of the sample photographs, and real texts.
- ``library``: the vectors of a library's largest model, and real texts.

It is run in a process of its own by ``search.py``, so that what the models import is not in the one that searches:

    python benchmarks/vectors.py easy FOLDER --rows 118273 --dim 384
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

HELD = 500  # questions of each sort
PAIRS = 1000  # (picture prototype, text) pairs that an alignment is fitted to, as class names give
TEXT_DIM = 384
BLOCK = 4096


@dataclass(frozen=True)
class Shape:
    """A synthetic collection: how many clusters, and the length of the noise around their unit centres."""

    clusters: int
    noise: float


SHAPES = {"easy": Shape(2000, 0.5), "hard": Shape(300, 1.5)}
SHARED = 0.8  # the length of what all rows have in common, as features after a rectifier do
TEXT_NOISE = 1.0  # how far a text lies from what it names, in its own space


def synthetic(folder: Path, name: str, rows: int, dim: int, seed: int = 1) -> None:
    """Rows from clusters of uneven size around a common mean, and texts that name the clusters."""
    from aptl3.alignment.generalized import fit

    shape, rng = SHAPES[name], np.random.default_rng([seed, dim])
    centres = _unit(rng.standard_normal((shape.clusters, dim), np.float32))
    shared = SHARED * _unit(rng.standard_normal((1, dim), np.float32))
    share = 1 / np.arange(1, shape.clusters + 1) ** 0.7
    share /= share.sum()

    def draw(count: int) -> Floats:
        noise = rng.standard_normal((count, dim), np.float32) * np.float32(shape.noise / dim**0.5)
        return _unit(shared + centres[rng.choice(shape.clusters, count, p=share)] + noise)

    reading = np.linalg.qr(rng.standard_normal((dim, TEXT_DIM)))[0].astype(np.float32)

    def texts(named: NDArray[np.int64]) -> Floats:
        noise = rng.standard_normal((len(named), TEXT_DIM), np.float32) * np.float32(TEXT_NOISE / TEXT_DIM**0.5)
        return _unit(_unit(centres[named] @ reading) + noise)

    _write(folder / "rows.f16", (draw(min(BLOCK, rows - start)) for start in range(0, rows, BLOCK)))
    _save(folder / "held.f32", draw(HELD))
    pairs = rng.integers(0, shape.clusters, PAIRS)
    alignment = fit({"texts": texts(pairs), "rows": _unit(shared + centres[pairs])})
    _save(folder / "words.f32", alignment.map(texts(rng.choice(shape.clusters, HELD, p=share)), "texts", "rows"))
    _save(folder / "tune.f32", alignment.map(texts(rng.choice(shape.clusters, HELD // 5, p=share)), "texts", "rows"))


def crops(folder: Path, rows: int, seed: int = 1) -> None:
    """Real vectors: random squares of the sample photographs through the default picture model."""
    import cv2

    from aptl3.config import cache_dir
    from aptl3.media.samples import sample_photographs
    from aptl3.models.opening import open_picture_model
    from aptl3.models.registry import DEFAULT_IMAGE

    rng = np.random.default_rng(seed)
    read = [cv2.imread(path) for path in sample_photographs()]
    originals = [picture[:, :, ::-1] for picture in read if picture is not None]

    def square(size: int) -> NDArray[np.uint8]:
        picture = originals[int(rng.integers(len(originals)))]
        side = int(min(picture.shape[:2]) * rng.uniform(0.3, 1))
        top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
        part = picture[top : top + side, left : left + side]
        part = part[:, ::-1] if rng.random() < 0.5 else part
        kernel = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        resized: NDArray[np.uint8] = cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=kernel)
        return resized

    with open_picture_model(DEFAULT_IMAGE, cache=cache_dir()) as model:
        assert model.spec.input is not None
        size = model.spec.input.size

        def embedded(count: int) -> Iterator[Floats]:
            for start in range(0, count, 64):
                yield model.embed(np.stack([square(size) for _ in range(min(64, count - start))]))

        _write(folder / "rows.f16", embedded(rows))
        _save(folder / "held.f32", np.concatenate(list(embedded(HELD))))
        _texts(folder, DEFAULT_IMAGE, model.fingerprint, model.spec.dim)


def library(folder: Path, root: Path, seed: int = 1) -> None:
    """The rows of a library's largest model but some, which become the questions."""
    from aptl3.storage.index.corpus import Corpus
    from aptl3.storage.store import Store

    with Store.open(root) as store:
        stored = max(store.models(), key=lambda model: model.vectors)
        corpus = Corpus.whole(stored.dim, store.vectors(stored.name).segments)
        asked = np.zeros(len(corpus), bool)
        asked[np.random.default_rng(seed).choice(len(corpus), min(HELD, len(corpus) // 10), replace=False)] = True
        _write(folder / "rows.f16", (block[~asked[start : start + len(block)]] for start, block in corpus.blocks()))
        _save(folder / "held.f32", corpus.take(np.flatnonzero(asked)))
        _texts(folder, stored.name, stored.fingerprint, stored.dim)


def _texts(folder: Path, name: str, fingerprint: str, dim: int) -> None:
    """Everyday texts through the shipped alignment: every other tunes an index, the rest are to ask with."""
    from aptl3.fitting.questions import QUESTIONS, everyday_words
    from aptl3.records.model import StoredModel

    target = StoredModel(name, fingerprint, "image", dim, "float16", name)
    for file, texts in (("tune", QUESTIONS[0::2]), ("words", QUESTIONS[1::2])):
        directions = everyday_words(target, texts)
        if directions is None:
            raise SystemExit(f"no alignment leads from words to {name}")
        _save(folder / f"{file}.f32", directions)


def _unit(vectors: NDArray[np.floating]) -> Floats:
    result: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return result


def _write(path: Path, blocks: Iterator[Floats]) -> None:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block.astype("<f2").tobytes())


def _save(path: Path, vectors: Floats) -> None:
    path.write_bytes(vectors.astype("<f4").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[*SHAPES, "crops", "library"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=118_273)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--library", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.name in SHAPES:
        synthetic(options.folder, options.name, options.rows, options.dim)
    elif options.name == "crops":
        crops(options.folder, options.rows)
    else:
        library(options.folder, options.library)
    (options.folder / "complete").touch()


if __name__ == "__main__":
    main()
