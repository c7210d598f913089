"""Learning curves: how an alignment of a text model and a picture model gets better with the training pairs.

For numbers of pairs from ``recipes.LEAST`` up, ``DRAWS`` random parts of the training pairs are fitted by each recipe
and judged by the same held-out pairs. The classes of the picture model need no pairs: they are the level that pairs
must rise above. Nothing is read, opened or fitted before a point is lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xxhash

from aptl3 import __version__
from aptl3.alignment.joint import Joint
from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.fitting import bootstrap, recipes
from aptl3.fitting.evaluation.bench import Step
from aptl3.fitting.evaluation.cell import Cell, Outcome, pooled
from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.ranking import Floats
from aptl3.fitting.evaluation.trial import Pairs, trial
from aptl3.fitting.pairs import training
from aptl3.fitting.recipes import Paired
from aptl3.records.relation import Relation
from aptl3.storage.store import Store

DRAWS = 3
QUERIES = 1_000  # for a point, of which a curve has dozens
ROUND = (1, 2, 5)
SEED = 19520401


def counts(most: int) -> list[int]:
    """Numbers of pairs to fit to: 10, 20, 50, 100 … and all; none where there are too few for a fit."""
    rising = [step * 10**power for power in range(1, 8) for step in ROUND]
    return [*(one for one in rising if recipes.LEAST <= one < most), most] if most >= recipes.LEAST else []


def curve_steps(
    store: Store, relation: Relation, pairs: Pairs, collections: Sequence[Collection], cache: Path
) -> list[Step]:
    """The points of all curves: every text model with every picture model of another space, both directions."""
    texts = [one for one in collections if one.model.modality == "text"]
    images = [one for one in collections if one.model.modality == "image"]
    steps: list[Step] = []
    for text, image in product(texts, images):
        trials = [trial(text, image, pairs, QUERIES), trial(image, text, pairs, QUERIES)]
        if text.model.space == image.model.space or min(len(np.unique(one.clusters)) for one in trials) < 2:
            continue
        usable = pairs.training & (text.numbers(pairs.texts) >= 0) & (image.numbers(pairs.pictures) >= 0)
        fits = Fits(store, relation, text, image, cache)
        for recipe, count, draw in _points(len(np.unique(pairs.pictures[usable]))):
            way = f"{recipe} {count} {draw} {_digest(pairs, usable)} {text.digest} {image.digest} {__version__}"
            for asked in trials:
                names = asked.source.model.name, asked.target.model.name
                cell = Cell(*names, recipe, pairs=count, draw=draw)
                steps.append(Step(cell, asked, fits.map(recipe, count, draw, *names), way))
    return steps


def curves(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Points of the learning curves, direction by direction, the draws of one number of pairs pooled."""
    directions = list(dict.fromkeys((one.cell.source, one.cell.target) for one in outcomes))

    def point(one: Outcome) -> tuple[int, int, int]:
        cell = one.cell
        return directions.index((cell.source, cell.target)), recipes.RECIPES.index(cell.way), cell.pairs

    found = []
    for _, group in groupby(sorted(outcomes, key=point), key=point):
        draws = list(group)
        cell = draws[0].cell
        found.append(pooled(draws, Cell(cell.source, cell.target, cell.way, pairs=cell.pairs)))
    return found


class Fits:
    """Fits of one text model and one picture model to parts of a relation's training pairs."""

    def __init__(self, store: Store, relation: Relation, text: Collection, image: Collection, cache: Path) -> None:
        self._store = store
        self._relation = relation
        self._models = [text.model, image.model]
        self._cache = cache
        self._joint = lru_cache(maxsize=1)(self._fit)
        self._rows = lru_cache(maxsize=1)(self._read)
        self._classes = lru_cache(maxsize=1)(self._embed)

    def map(self, recipe: str, count: int, draw: int, source: str, target: str) -> Callable[[npt.ArrayLike], Floats]:
        """The map of a fit that is made when it is first used."""
        return lambda vectors: self._joint(recipe, count, draw).map(vectors, source, target)

    def _fit(self, recipe: str, count: int, draw: int) -> Joint:
        classes = [] if recipe == "pairs" else self._classes()
        if recipe == "bootstrap":
            return recipes.fit(recipe, None, classes)
        rows = self._rows()
        if count < len(rows):
            chosen = np.random.default_rng([SEED, draw]).permutation(len(rows))[:count]
            rows = Paired(
                {name: one[chosen] for name, one in rows.spaces.items()},
                {name: one[chosen] for name, one in rows.present.items()},
            )
        return recipes.fit(recipe, rows, classes)

    def _read(self) -> Paired:
        return training(self._store, self._models, self._relation.id)

    def _embed(self) -> Sequence[Paired]:
        """The texts and prototypes of the picture model's classes. Raises ModelUnavailable where there are none."""
        try:
            classes: Sequence[Paired] = bootstrap.classes_of(self._models, self._cache)
        except BadArgument as error:  # a model of a package that is here no more
            raise ModelUnavailable(str(error)) from error
        if not classes:
            raise ModelUnavailable(
                f"no classes with names are to be had of {self._models[1].name}: its learning curve is of pairs alone"
            )
        return classes


def _points(most: int) -> Iterator[tuple[str, int, int]]:
    """(recipe, number of pairs, draw)."""
    yield "bootstrap", 0, 0
    for count in counts(most):
        for draw in range(DRAWS if count < most else 1):
            for recipe in ("pairs", "joined"):
                yield recipe, count, draw


def _digest(pairs: Pairs, usable: npt.NDArray[np.bool_]) -> str:
    return xxhash.xxh3_128_hexdigest(np.stack([pairs.pictures[usable], pairs.texts[usable]]).astype("<i8").tobytes())
