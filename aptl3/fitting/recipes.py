"""From vectors that mean the same to an alignment: the recipes by their names. Arrays in, arrays out.

"bootstrap": the classes of a classifier, as pairs and as landmarks. "pairs": captions and their photographs alone.
"joined": both; queries are centred by the mean of the captions, and what a photograph with its captions counts beside
a class is chosen by how well other photographs of the training part are found.

That weight depends on how many photographs there are. Of 80 photographs of COCO each caption was asked, with fits to
the other four fifths: the more these count, the better are the held-out photographs told from one another (recall@1
among them 0.77 at weight 0, 0.79 at 1), and the worse they are found among all, since every query is drawn to the
photographs that were fitted to (recall@5 among all 0.87 at 0 and 0.84 at 1, recall@1 0.51 and 0.35). So with few the
weight comes out at 0 to 0.1, and what pairs give is their mean; ``alignment/README.md`` has the figures.

What was tried and left out, on the same photographs: whitening of either side by the collection's or the captions'
covariance (recall@5 from 0.80 down to 0.45–0.79); ridge regression, towards the rotation or not (0.34–0.76); powers of
the singular values instead of 1 (0.81 at 0.15, 0.76 at 0.5, for the rotation alone; nothing on top of landmarks);
captioned photographs as further landmarks (recall@5 0.87, recall@1 down to 0.41); targets smoothed over the classes
(0.87 and 0.48). CSLS (A. Conneau et al., "Word translation without parallel data", 2018) with the captions of the
training part as queries gives 0.85 with the rotation alone and up to 0.97 with pairs, but nearly all of it by pushing
away the photographs that have captions, which in this test are never the answer; with the names of classes as queries
0.83.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.alignment.generalized import checked, solve
from aptl3.alignment.joint import Joint
from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.moments import Moments, mean_of
from aptl3.alignment.rows import Floats, unit_rows
from aptl3.errors import BadArgument

Mask = npt.NDArray[np.bool_]

RECIPES = ("joined", "pairs", "bootstrap")
LEAST = 10  # pictures with captions that a fit takes
WEIGHTS = (0.0, 0.03, 0.1, 0.3, 1.0)  # of a picture with captions, a class being 1
FOLDS = 4
_QUERIES, _RIVALS = 250, 700  # of each fold: enough to tell weights apart, in seconds


class Paired(NamedTuple):
    """Rows of one origin: row i of all ``spaces`` (model → (n, d_model), any float type) means the same. ``present``
    (model → (n,)) says which rows a model has; one that is not named has all."""

    spaces: Mapping[str, npt.NDArray[np.floating]]
    present: Mapping[str, Mask] = {}

    def __len__(self) -> int:
        return len(next(iter(self.spaces.values())))

    def known(self, model: str) -> Mask:
        """Which rows the model has, bool (n,)."""
        return self.present.get(model, np.ones(len(self), bool))

    def means(self) -> dict[str, Floats]:
        return {model: mean_of(rows, self.present.get(model)) for model, rows in self.spaces.items()}

    def part(self, which: slice) -> Paired:
        """Some of the rows; nothing is copied."""
        present = {model: have[which] for model, have in self.present.items()}
        return Paired({model: rows[which] for model, rows in self.spaces.items()}, present)

    def moments(self, means: Mapping[str, Floats]) -> Moments:
        return Moments.of(self.spaces, means, self.present)


def fit(recipe: str, pairs: Paired | None, classes: Sequence[Paired] = ()) -> Joint:
    """Fits an alignment of all models that ``pairs`` and ``classes`` have rows of.

    Args:
        recipe: one of ``RECIPES``.
        pairs: one row for each photograph; of texts, the mean of its captions.
        classes: for each list of classes the prototypes of the models that have it, and the texts that name them.

    Raises:
        BadArgument: no such recipe, too few rows, or values that are not finite.
    """
    if recipe not in RECIPES:
        raise BadArgument(f"There is no recipe {recipe!r}: use one of {', '.join(RECIPES)}.")
    if recipe != "bootstrap":
        enough(0 if pairs is None else len(pairs))
    if recipe == "bootstrap" and not classes:
        raise BadArgument("None of these models has classes with names: give them captions to be aligned by.")
    used = () if recipe == "pairs" else classes
    for block in (*([pairs] if pairs is not None else []), *used):
        checked(block.spaces)
    if pairs is None or recipe == "bootstrap":
        moments, means, landmarks = _of_classes(used)
        return solve(moments, means, landmarks)
    means = pairs.means()
    if not used:
        return solve(pairs.moments(means), means)
    named, class_means, landmarks = _of_classes(used)
    means = {**class_means, **means}
    weight, whole = _weighed(pairs, named, means, landmarks)
    return solve(named.plus(whole, weight), means, landmarks)


def enough(pairs: int) -> None:
    """Raises BadArgument when a fit takes more photographs with captions."""
    if pairs < LEAST:
        raise BadArgument(f"{pairs} photographs with captions are too few to align by: {LEAST} are needed.")


def _of_classes(classes: Sequence[Paired]) -> tuple[Moments, dict[str, Floats], Landmarks]:
    """What all classes come to, each list centred by its own mean; the means of the first list that a model has."""
    own = [block.means() for block in classes]
    means = {model: mean for known in reversed(own) for model, mean in known.items()}
    total = Moments({}, {}, 0)
    directions = {model: np.zeros((sum(map(len, classes)), len(mean)), np.float32) for model, mean in means.items()}
    start = 0
    for block, known in zip(classes, own, strict=True):
        total = total.plus(block.moments(known))
        for model, mean in known.items():
            directions[model][start : start + len(block)] = unit_rows(block.spaces[model] - mean)
        start += len(block)
    return total, means, Landmarks.of(directions)


def _weighed(pairs: Paired, named: Moments, means: Mapping[str, Floats], landmarks: Landmarks) -> tuple[float, Moments]:
    """Of ``WEIGHTS`` the one with which rows of each fold are found best by fits to the others and the classes; and
    what all pairs come to."""
    weights = [one for one in WEIGHTS if one > 0 or set(pairs.spaces) <= set(landmarks.directions)]
    folds = [pairs.part(slice(start, None, FOLDS)) for start in range(FOLDS)]
    each = [fold.moments(means) for fold in folds]
    whole = reduce(Moments.plus, each)
    found = np.zeros(len(weights))
    for fold, own in zip(folds, each, strict=True):
        rest = whole.plus(own, -1)
        others = [other.part(slice(0, _RIVALS)) for other in folds if other is not fold]
        for number, weight in enumerate(weights):
            joint = solve(named.plus(rest, weight), means, landmarks, limit=0)
            found[number] += _found(joint, fold.part(slice(0, _QUERIES)), others)
    return weights[int(found.argmax())], whole


def _found(joint: Joint, asked: Paired, others: Sequence[Paired]) -> float:
    """The mean reciprocal rank of the rows ``asked``, sought from each model in each other one, among themselves and
    ``others``."""
    ranks = []
    for source, target in permutations(asked.spaces, 2):
        both = asked.known(source) & asked.known(target)
        known = [other.spaces[target][other.known(target)] for other in others]
        rivals = np.concatenate([asked.spaces[target][both], *known])
        there = unit_rows(rivals - rivals.mean(axis=0))
        scores = joint.map(asked.spaces[source][both], source, target) @ there.T
        own = np.diagonal(scores)[:, None]
        ranks.append(1 / ((scores > own).sum(axis=1) + 1))
    return float(np.mean(np.concatenate(ranks))) if ranks else 0.0
