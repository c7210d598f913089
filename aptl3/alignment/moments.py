"""How the centred directions of several spaces go together: all that a fit needs of its rows.

For each two models the sum of the products of their directions, d × d values, so that 100,000 rows are read once, in
blocks, and sets of rows are added, weighted and left out again without reading them anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aptl3.alignment.rows import Floats, unit_rows
from aptl3.errors import BadArgument

Rows = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
Two = tuple[str, str]

BLOCK = 8192  # rows read at once


@dataclass(frozen=True)
class Moments:
    """``cross``: two models → float64 (d_a, d_b), the weighted sum of the products of their directions, over the rows
    that both have; ``shared``: the weight of these rows; ``samples``: rows that any two models have."""

    cross: Mapping[Two, Doubles]
    shared: Mapping[Two, float]
    samples: int

    @classmethod
    def of(
        cls,
        spaces: Mapping[str, Rows],
        means: Mapping[str, Floats],
        present: Mapping[str, Mask] | None = None,
        weights: npt.NDArray[np.floating] | None = None,
    ) -> Moments:
        """``spaces``: model → (n, d), ``means``: what each is centred by, ``present``: model → bool (n,), which rows it
        has (all by default), ``weights`` (n,). Raises BadArgument for values that are not finite."""
        count = len(next(iter(spaces.values())))
        have = {model: (present or {}).get(model, np.ones(count, bool)) for model in spaces}
        worth = np.ones(count) if weights is None else np.asarray(weights, np.float64)
        pairs = list(combinations(sorted(spaces), 2))
        cross = {(a, b): np.zeros((spaces[a].shape[1], spaces[b].shape[1])) for a, b in pairs}
        for start in range(0, count, BLOCK):
            part = slice(start, start + BLOCK)
            directions = {
                model: _directions(rows[part], have[model][part], means[model]) for model, rows in spaces.items()
            }
            for a, b in pairs:
                cross[a, b] += (directions[a] * worth[part, None].astype(np.float32)).T @ directions[b]
        shared = {(a, b): float(worth[have[a] & have[b]].sum()) for a, b in pairs}
        return cls(cross, shared, int((np.sum(list(have.values()), axis=0) >= 2).sum()))

    def plus(self, other: Moments, factor: float = 1.0) -> Moments:
        """With the rows of ``other``, whose weights count ``factor`` times; −1 leaves rows out that are part of it."""
        keys = sorted({*self.cross, *other.cross})
        none: Doubles = np.zeros(())
        return Moments(
            {key: self.cross.get(key, none) + factor * other.cross.get(key, none) for key in keys},
            {key: self.shared.get(key, 0.0) + factor * other.shared.get(key, 0.0) for key in keys},
            self.samples + (other.samples if factor > 0 else -other.samples if factor < 0 else 0),
        )


def mean_of(rows: Rows, present: Mask | None = None) -> Floats:
    """The mean of the rows that are present, float32 (d,); zero where there are none. Raises BadArgument as ``of``."""
    total, count = np.zeros(rows.shape[1], np.float64), 0
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        block = block if present is None else block[present[start : start + BLOCK]]
        total += block.sum(axis=0, dtype=np.float64)
        count += len(block)
    if not np.isfinite(total).all():
        raise BadArgument("An alignment cannot be fitted to vectors that are not finite.")
    return (total / max(1, count)).astype(np.float32)


def _directions(rows: Rows, present: Mask, mean: Floats) -> Floats:
    return unit_rows(np.where(present[:, None], rows - mean, np.float32(0)))
