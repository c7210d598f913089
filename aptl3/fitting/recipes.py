"""From vectors that mean the same to an alignment: the recipes by their names. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.alignment import generalized
from aptl3.alignment.joint import Joint
from aptl3.errors import BadArgument

Mask = npt.NDArray[np.bool_]

RECIPES = ("joined", "pairs", "bootstrap")
LEAST = 10  # pictures with captions that a fit takes


class Paired(NamedTuple):
    """Rows of one origin: row i of all ``spaces`` (model → (n, d_model), any float type) means the same. ``present``
    (model → (n,)) says which rows a model has; one that is not named has all."""

    spaces: Mapping[str, npt.NDArray[np.floating]]
    present: Mapping[str, Mask] = {}

    def __len__(self) -> int:
        return len(next(iter(self.spaces.values())))


def fit(recipe: str, pairs: Paired | None, classes: Sequence[Paired] = ()) -> Joint:
    """Fits an alignment of all models that ``pairs`` and ``classes`` have rows of.

    Args:
        recipe: "pairs" (captions and their photographs alone), "bootstrap" (classes alone) or "joined".
        pairs: one row for each photograph; of texts, the mean of its captions.
        classes: for each picture model that has classes, its prototypes and the texts that name them.

    Raises:
        BadArgument: no such recipe, too few rows, or values that are not finite.
    """
    if recipe not in RECIPES:
        raise BadArgument(f"There is no recipe {recipe!r}: use one of {', '.join(RECIPES)}.")
    if recipe != "bootstrap" and (pairs is None or len(pairs) < LEAST):
        count = 0 if pairs is None else len(pairs)
        raise BadArgument(f"{count} photographs with captions are too few to align by: {LEAST} are needed.")
    blocks = [
        *([pairs] if pairs is not None and recipe != "bootstrap" else []),
        *(classes if recipe != "pairs" else []),
    ]
    if not blocks:
        raise BadArgument("None of these models has classes with names: give them captions to be aligned by.")
    return _stacked(blocks)


def _stacked(blocks: Sequence[Paired]) -> Joint:
    """Fits to the rows of all blocks, each centred by its own mean."""
    dims = {model: rows.shape[1] for block in blocks for model, rows in block.spaces.items()}
    sizes = [len(block) for block in blocks]
    spaces = {model: np.zeros((sum(sizes), dim), np.float32) for model, dim in dims.items()}
    present = {model: np.zeros(sum(sizes), bool) for model in dims}
    start = 0
    for block, size in zip(blocks, sizes, strict=True):
        for model, rows in block.spaces.items():
            spaces[model][start : start + size] = rows
            present[model][start : start + size] = block.present.get(model, True)
        start += size
    return generalized.fit(spaces, present=present, groups=np.repeat(np.arange(len(blocks)), sizes))
