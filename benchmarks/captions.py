"""Photographs found by captions of others' making: the recipes of alignment, on photographs that were held out.

    python benchmarks/captions.py FOLDER      # a folder of COCO: train2017/ and annotations/captions_train2017.json

Reads photographs and captions into a new library by the whole pipeline. First it asks with each caption, as a user
would who has no captions: the alignment that is shipped knows none. Then five folds by photograph: alignments are
fitted to four with their captions, and the captions of the fifth are asked of all photographs. What a recipe chooses
(the weight of pairs, the sharpness of landmarks) it chooses within the four; that there are landmarks, and which
sentences name a class, was found on these very photographs, so the rows without landmarks stand beside. Pictures are
centred by the mean of all that are searched, as in a search. Intervals are of 95 %, by a bootstrap over photographs.
The earlier recipe is that of the first proof of concept, on the same pairs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3 import Library
from aptl3.alignment.joint import Joint
from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.rows import unit_rows
from aptl3.config import cache_dir
from aptl3.fitting import recipes
from aptl3.fitting.bootstrap import classes_of
from aptl3.fitting.evaluation.metrics import Estimate, mean, median, recall
from aptl3.fitting.pairs import rows
from aptl3.fitting.recipes import Paired
from aptl3.fitting.splitting import fold
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT
from aptl3.records.relation import Caption
from benchmarks import captioned, harness, jobs
from benchmarks.harness import Figure
from benchmarks.reference import earlier

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Score = Callable[[Floats], Floats]  # captions (n, d) → scores of all photographs (n, photographs)

FOLDS = 5
KS = np.array([1, 5, 10])
SHARPNESSES = (3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0)


def captions_of(folder: Path) -> list[tuple[str, str]]:
    """(caption, file name of its photograph)."""
    document = json.loads((folder / captioned.CAPTIONS).read_text("utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    return [(one["caption"].strip(), names[one["image_id"]]) for one in document["annotations"]]


def ranks(library: Library, captions: list[tuple[str, str]], photographs: int) -> list[int]:
    """The rank of each caption's own photograph, from 1, in a search."""
    found = []
    for caption, name in captions:
        hits = library.search(caption, limit=photographs)
        found.append(next(hit.rank for hit in hits if hit.path is not None and Path(hit.path).name == name))
    return found


@dataclass(frozen=True)
class Data:
    """Vectors of captions and photographs as stored, the number of each caption's photograph, the fold of each
    photograph, and how many there are; what the recipes take: a row for each photograph, and the classes."""

    captions: Floats
    photographs: Floats
    own: Numbers
    folds: Numbers
    parts: int
    pairs: Paired
    classes: list[Paired]

    @classmethod
    def of(cls, library: Library, parts: int) -> Data:
        store = library.store
        models = [model for name in (DEFAULT_TEXT, DEFAULT_IMAGE) if (model := store.model(name)) is not None]
        pairs = store.pairs(1)
        pictures, own = np.unique(pairs[:, 0], return_inverse=True)
        hashes = store.hashes(pictures.tolist())
        return cls(
            store.vectors_of(DEFAULT_TEXT, pairs[:, 1].tolist()),
            store.vectors_of(DEFAULT_IMAGE, pictures.tolist()),
            own,
            np.array([fold(hash, parts) for hash in hashes]),
            parts,
            rows(store, models, pairs, pictures),
            classes_of(models, cache_dir()),
        )

    def training(self, part: int) -> Paired:
        kept = self.folds != part
        return Paired({name: each[kept] for name, each in self.pairs.spaces.items()})

    def aligned(self, recipe: str, *, landmarks: bool = True) -> Callable[[int], Score]:
        """The scores of a recipe that is fitted without a fold."""
        centred = unit_rows(self.photographs - self.photographs.mean(axis=0))

        def fitted(part: int) -> Score:
            joint = recipes.fit(recipe, self.training(part), self.classes)
            joint = sharpened(joint, self.sharpness(part)) if landmarks else replace(joint, landmarks=None)
            return lambda asked: joint.map(asked, DEFAULT_TEXT, DEFAULT_IMAGE) @ centred.T

        return fitted

    def sharpness(self, part: int) -> float:
        """Of ``SHARPNESSES`` the one with which classes alone lead the captions of the training part best to their
        photographs among those of the training part: by the mean reciprocal rank."""
        kept = np.flatnonzero(self.folds != part)
        asked = np.flatnonzero(self.folds[self.own] != part)
        centred = unit_rows(self.photographs[kept] - self.photographs[kept].mean(axis=0))
        right = np.searchsorted(kept, self.own[asked])
        judged = []
        for one in SHARPNESSES:
            mapped = sharpened(self.by_classes, one).map(self.captions[asked], DEFAULT_TEXT, DEFAULT_IMAGE)
            scores = mapped @ centred.T
            above = scores >= scores[np.arange(len(asked)), right][:, None]
            judged.append(float((1 / above.sum(axis=1)).mean()))
        return SHARPNESSES[int(np.argmax(judged))]

    @cached_property
    def by_classes(self) -> Joint:
        """The fit that knows no captions."""
        return recipes.fit("bootstrap", None, self.classes)

    def earlier(self, *, classes: bool = False) -> Callable[[int], Score]:
        """Those of the earlier recipe, on each caption with its photograph, or on the classes too."""
        plain = unit_rows(self.photographs)

        def fitted(part: int) -> Score:
            kept = self.folds[self.own] != part
            texts, pictures = [self.captions[kept]], [self.photographs[self.own[kept]]]
            for block in self.classes if classes else ():
                texts.append(block.spaces[DEFAULT_TEXT].astype(np.float32))
                pictures.append(block.spaces[DEFAULT_IMAGE].astype(np.float32))
            mapped = earlier.fit(np.concatenate(texts), np.concatenate(pictures))
            return lambda asked: mapped(asked) @ plain.T

        return fitted

    def held_out(self, fitted: Callable[[int], Score]) -> Numbers:
        """The rank of each caption's photograph among all, by the fit that saw neither."""
        found = np.zeros(len(self.own), np.int64)
        for part in range(self.parts):
            asked = np.flatnonzero(self.folds[self.own] == part)
            scores = fitted(part)(self.captions[asked])
            right = scores[np.arange(len(asked)), self.own[asked]][:, None]
            found[asked] = (scores >= right).sum(axis=1)
        return found


def sharpened(joint: Joint, sharpness: float) -> Joint:
    """With landmarks of that sharpness."""
    if joint.landmarks is None:
        return joint
    return replace(joint, landmarks=Landmarks.of(joint.landmarks.directions, sharpness))


WAYS: dict[str, Callable[[Data], Callable[[int], Score]]] = {
    "earlier recipe": lambda data: data.earlier(),
    "earlier recipe, classes too": lambda data: data.earlier(classes=True),
    "bootstrap": lambda data: data.aligned("bootstrap"),
    "bootstrap, without landmarks": lambda data: data.aligned("bootstrap", landmarks=False),
    "own pairs": lambda data: data.aligned("pairs"),
    "joined": lambda data: data.aligned("joined"),
    "joined, without landmarks": lambda data: data.aligned("joined", landmarks=False),
}


@dataclass(frozen=True)
class Found:
    """How often photographs were found, and the median rank, each with its interval."""

    recalls: list[Estimate]  # at KS
    median: Estimate

    @classmethod
    def of(cls, ranks: Numbers, own: Numbers) -> Found:
        curve = recall(ranks, own, KS)
        return cls([curve.at(int(k)) for k in KS], median(ranks, own))

    def __str__(self) -> str:
        return "".join(f"{one:>20}" for one in [*(shown(each, 2) for each in self.recalls), shown(self.median, 0)])


def shown(one: Estimate, digits: int = 3) -> str:
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})"


def differences(found: dict[str, Numbers], own: Numbers) -> Iterator[str]:
    for less in ("earlier recipe", "earlier recipe, classes too", "bootstrap"):
        for k in KS if less in found and "joined" in found else ():
            paired = (found["joined"] <= k).astype(float) - (found[less] <= k)
            yield f"joined − {less}, recall@{k}: {shown(mean(paired, own))}"


def picture(axes: Any, found: Mapping[str, Found]) -> None:
    """Recall@10 of each way, with its interval."""
    at10 = {name: one.recalls[-1] for name, one in found.items()}
    harness.bars(axes, {name: Figure(e.value, e.low, e.high, 1, "recall@10") for name, e in at10.items()}, "Captions")


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__)
    captioned.argument(parser)
    parser.add_argument("--only", action="append", choices=tuple(WAYS), help="as often as wanted")
    parser.add_argument("--folds", type=int, default=FOLDS)
    options = harness.parse(parser, argv, only=["bootstrap"], folds=2)
    with captioned.folder_of(parser, options) as folder:
        searched, data = measured(folder, options.folds)
    print(f"{len(data.own)} captions, {len(data.photographs)} photographs\n")
    print(f"{'':32}{'recall@1':>20}{'recall@5':>20}{'recall@10':>20}{'median rank':>20}")
    found = {"aptl3 search, no captions known": searched}
    print(f"{'aptl3 search, no captions known':32}{searched}")
    print(f"\n{data.parts} folds by photograph")
    ranked = {}
    for name in options.only or WAYS:
        ranked[name] = data.held_out(WAYS[name](data))
        found[name] = Found.of(ranked[name], data.own)
        print(f"{name:32}{found[name]}", flush=True)
    compared = list(differences(ranked, data.own))
    print("\nPaired differences")
    print("\n".join(compared))
    document = {"captions": len(data.own), "found": found, "differences": compared}
    harness.keep(options.out, "captions", document, lambda axes: picture(axes, found))


def measured(folder: Path, folds: int) -> tuple[Found, Data]:
    """How captions find their photographs in a search that knows none of them; and all that the folds take."""
    captions, photographs = captions_of(folder), folder / captioned.PHOTOGRAPHS
    with tempfile.TemporaryDirectory(prefix="aptl3-captions-") as root, Library(root) as library:
        job = library.ingest(photographs)
        searched = np.array(ranks(library, captions, job.counts.added))
        library.relate("captions", [Caption(str(photographs / name), text) for text, name in captions], "COCO")
        data = Data.of(library, folds)
        jobs.stop(library.root)
    names = [name for _, name in captions]
    return Found.of(searched, np.unique(names, return_inverse=True)[1]), data


if __name__ == "__main__":
    main()
