"""How often the line under the likely matches is right.

    python benchmarks/likely.py FOLDER      # a folder of COCO: train2017/ and annotations/captions_train2017.json

Reads the photographs into a new library by the whole pipeline, then asks with captions, as the search would, in the
library and in parts of it. A photograph is right for a caption when it is the caption's own or one of its own captions
says nearly the same (cosine of the text model of 0.5 or more: 1.2 others a caption). For captions that nothing in the
library matches, their photograph and all that come near (0.4) are left out: then every line is wrong. Everyday
questions are taken for things that are not there when no caption comes near them. The interval is of 95 %, by a
bootstrap over photographs. The last table is made of normal noise: a share of a collection matches, at four spreads
above the rest.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3 import Library
from aptl3.config import cache_dir
from aptl3.fitting.questions import QUESTIONS
from aptl3.media.captions.coco import read
from aptl3.models.opening import open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT
from aptl3.search import calibration
from aptl3.search.calibration import likely, scale
from aptl3.search.cohort import ASK
from aptl3.search.embedders import installed
from aptl3.storage.index.centre import Centre
from benchmarks import captioned, harness, jobs
from benchmarks.harness import Figure

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

RELATED, NEAR = 0.5, 0.4
SIZES = (80, 40, 20, 10, 5, 3, 2, 1)
DRAWS = 400  # captions asked of a part of the library
SEED = 3


class Answer(NamedTuple):
    """What one query got: how many lay above the line, how many of these were right, whether its own did."""

    drawn: int
    right: int
    own: bool


@dataclass(frozen=True)
class Collection:
    """Vectors of photographs, float32 (n, d); directions of captions and of everyday questions in their space; the
    photograph of each caption; ``nearness`` (captions + questions, n): of the nearest caption of a photograph."""

    photographs: Floats
    captions: Floats
    questions: Floats
    own: NDArray[np.int64]
    nearness: Floats

    def order(self, direction: Floats, part: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """The photographs of ``part``, best first, and how many of them are likely."""
        rows = self.photographs[part]
        sample = Centre.of([rows], rows.shape[1]).directions(rows)
        known = scale(self.questions[:: len(self.questions) // len(ASK)], sample)
        scores = known.scores(direction, sample @ direction)
        order = np.argsort(-scores)
        return part[order], likely(scores[order].tolist(), len(part))

    def ask(self, caption: int, part: NDArray[np.int64]) -> Answer:
        order, count = self.order(self.captions[caption], part)
        above, own = order[:count], self.own[caption]
        right = (self.nearness[caption][above] >= RELATED) | (above == own)
        return Answer(count, int(right.sum()), bool((above == own).any()))

    def absent(self, caption: int) -> NDArray[np.int64]:
        """All photographs that have nothing to do with a caption."""
        far = self.nearness[caption] < NEAR
        far[self.own[caption]] = False
        return np.flatnonzero(far)

    def things_absent(self) -> Iterator[Floats]:
        for direction, nearness in zip(self.questions, self.nearness[len(self.captions) :], strict=True):
            if nearness.max() < NEAR:
                yield direction


def load(folder: Path) -> Collection:
    found = list(read(folder / captioned.CAPTIONS, folder / captioned.PHOTOGRAPHS))
    names = sorted({one.path for one in found})
    own = np.array([names.index(one.path) for one in found])
    with tempfile.TemporaryDirectory(prefix="aptl3-likely-") as root, Library(root) as library:
        library.ingest(folder / captioned.PHOTOGRAPHS)
        store = library.store
        media = [store.media_at(name) for name in names]
        photographs = store.vectors_of(DEFAULT_IMAGE, [one for one in media if one is not None])
        models = installed(cache_dir())
        target = store.model(DEFAULT_IMAGE)
        assert target is not None
        with open_text_model(DEFAULT_TEXT, cache=cache_dir()) as model:
            texts = model.embed([*(one.text for one in found), *QUESTIONS])
            way = models.way(store, models.describe(store.active([DEFAULT_TEXT])[-1]), target)
            assert way is not None
            directions = way.map(texts)
        jobs.stop(library.root)
    cosines = texts @ texts[: len(own)].T
    nearness = np.stack([cosines[:, own == one].max(axis=1) for one in range(len(names))], axis=1)
    return Collection(photographs, directions[: len(own)], directions[len(own) :], own, nearness)


def interval(answers: list[Answer], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Of the share of right ones among all above the line."""
    rng = np.random.default_rng(SEED)
    drawn = np.bincount(groups, [one.drawn for one in answers])
    right = np.bincount(groups, [one.right for one in answers])
    some = rng.integers(0, len(drawn), (2000, len(drawn)))
    shares = right[some].sum(axis=1) / np.maximum(1, drawn[some].sum(axis=1))
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)


def share(count: float, of: float) -> str:
    return f"{count / of:.2f}" if of else "–"


Row = tuple[object, ...]

SHARES = ("a line", "likely", "right", "its own")


def shares(answers: list[Answer]) -> Row:
    """As ``SHARES`` says: of the captions, hits a caption, of the hits, of the captions."""
    drawn = sum(one.drawn for one in answers)
    lines, own = sum(one.drawn > 0 for one in answers), sum(one.own for one in answers)
    right = sum(one.right for one in answers)
    return share(lines, len(answers)), share(drawn, len(answers)), share(right, drawn), share(own, len(answers))


def sizes(collection: Collection, draws: int) -> tuple[list[Row], tuple[float, float]]:
    """By how many photographs are searched, and the interval of those that are right among all photographs."""
    rng, rows, bounds = np.random.default_rng(SEED), [], (0.0, 1.0)
    everything = len(collection.photographs)
    for size in dict.fromkeys(min(size, everything) for size in SIZES):
        answers, wrong = [], 0
        captions = rng.permutation(len(collection.own))[:draws]
        for caption in captions:
            own = collection.own[caption]
            others = rng.permutation(np.delete(np.arange(everything), own))[: size - 1]
            answers.append(collection.ask(caption, np.append(others, own)))
            absent = rng.permutation(collection.absent(caption))[:size]
            wrong += collection.order(collection.captions[caption], absent)[1] > 0
        rows.append((size, *shares(answers), share(wrong, len(captions))))
        if size == everything:
            bounds = interval(answers, collection.own[captions])
    return rows, bounds


def levels(collection: Collection) -> list[Row]:
    everything = np.arange(len(collection.photographs))
    rows, chosen = [], calibration.LEVEL
    for level in (0.01, 0.02, 0.05, 0.1, 0.2):
        calibration.LEVEL = level
        answers = [collection.ask(caption, everything) for caption in range(len(collection.own))]
        rows.append((str(level), *shares(answers)))
    calibration.LEVEL = chosen
    return rows


def things(collection: Collection) -> str:
    everything = np.arange(len(collection.photographs))
    counts = [collection.order(direction, everything)[1] for direction in collection.things_absent()]
    lines = share(sum(map(bool, counts)), len(counts))
    return f"things that are not there: {len(counts)} questions, a line for {lines} of them"


def many(most: int) -> list[Row]:
    rng, dim = np.random.default_rng(SEED), 256
    found: list[Row] = []
    for rows in (100, 10_000, 100_000):
        for part in (0.0, 0.001, 0.01, 0.1, 0.3) if rows <= most else ():
            matching = round(rows * part)
            if part and not matching:
                continue
            noise = rng.standard_normal((rows, dim), np.float32)
            noise[:matching, 0] += 4  # the query's own direction; the cohort's are the others
            sample = Centre.of([noise], dim).directions(noise)
            cohort = np.eye(dim, dtype=np.float32)[1 : len(ASK) + 1]
            direction = np.eye(dim, dtype=np.float32)[0]
            known = scale(cohort, sample[rng.permutation(rows)[: calibration.SAMPLE]])
            scores = known.scores(direction, sample @ direction)
            order = np.argsort(-scores)
            count = likely(scores[order].tolist(), rows)
            right = int((order[:count] < matching).sum())
            found.append((rows, matching, count, share(right, count), share(right, matching)))
    return found


def picture(axes: Any, rows: list[Row]) -> None:
    """The share that is right, by how many are searched."""
    right = {f"{size} photographs": float(str(shares[2])) for size, *shares in rows if str(shares[2]).strip() != "–"}
    harness.bars(axes, {name: Figure(one, one, one, 1, "right") for name, one in right.items()}, "Above the line")


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__)
    captioned.argument(parser)
    parser.add_argument("--draws", type=int, default=DRAWS, help="captions asked of a part of the library")
    parser.add_argument("--most", type=int, default=100_000, help="rows of noise")
    options = harness.parse(parser, argv, draws=4, most=1_000)
    with captioned.folder_of(parser, options) as folder:
        collection = load(folder)
    print(f"{len(collection.own)} captions, {len(collection.photographs)} photographs, level {calibration.LEVEL}\n")
    by_size, (low, high) = sizes(collection, options.draws)
    print(harness.table(("photographs", *SHARES, "a line where nothing matches"), by_size))
    print(f"right, of all photographs: {low:.2f} to {high:.2f}\n")
    by_level = levels(collection)
    print(harness.table(("level (all photographs)", *SHARES), by_level))
    absent = things(collection)
    print(f"\n{absent}\n")
    noise = many(options.most)
    print(harness.table(("rows", "matching", "above the line", "right", "of the matching"), noise))
    document = {"sizes": by_size, "right": (low, high), "levels": by_level, "things": absent, "noise": noise}
    harness.keep(options.out, "likely", document, lambda axes: picture(axes, by_size))


if __name__ == "__main__":
    main()
