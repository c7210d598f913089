"""Generalized Procrustes Analysis: any number of spaces, of any dimensions, turned so that what means the same meets.

J. Gower, "Generalized Procrustes analysis", Psychometrika 40 (1975), turns each set of points to the mean of all until
nothing moves. The sum that this lowers depends on the rows through the matrices XₖᵀXₗ (d × d) alone, and the space of
most dimensions may stand still, since turning all of them changes nothing. So the rows are read once, in blocks, and a
round turns each space to the others where they lie now (J. ten Berge, "Orthogonal Procrustes rotation for two or more
matrices", Psychometrika 42 (1977)); no round makes it worse. For two spaces the first round is the exact solution.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aptl3.alignment.joint import Joint, Side, unit_rows
from aptl3.alignment.orthogonal import rotation
from aptl3.errors import BadArgument

Rows = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]

BLOCK = 8192  # rows read at once


def fit(
    spaces: Mapping[str, Rows],
    weights: npt.NDArray[np.floating] | None = None,
    present: Mapping[str, Mask] | None = None,
    *,
    groups: npt.NDArray[np.integer] | None = None,
    tolerance: float = 1e-6,
    limit: int = 100,
) -> Joint:
    """Fits rotations of the centred directions of ``spaces`` into the one of most dimensions.

    Args:
        spaces: model → (n, d_model), any float type; row i of all of them means the same. Two models or more.
        weights: (n,), what a row counts, not negative; all 1 by default.
        present: model → bool (n,), which rows it has; the others may hold anything. A model that is not named has all.
        groups: (n,), 0, 1, …: rows of one group are centred by their own mean, as rows of different origin must be.
            Queries will be centred by the mean of the first group that the model has rows of. By default one group.
        tolerance: a round that raises the mean cosine by less than this is the last.
        limit: rounds at most.

    Raises:
        BadArgument: shapes do not match, fewer than two rows are shared, a value is not finite, or the models do not
            hang together by the rows that they share.
    """
    kept = _present(spaces, present or {})
    count = len(next(iter(kept.values())))
    worth = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    origin = np.zeros(count, np.int64) if groups is None else np.asarray(groups, np.int64)
    means = {model: _means(rows, kept[model], origin) for model, rows in spaces.items()}
    cross, shared = _cross(spaces, kept, worth, origin, means)
    turned, iterations = _turn({model: rows.shape[1] for model, rows in spaces.items()}, cross, tolerance, limit)
    total = sum(shared.values())
    sides = {
        model: Side(_first(means[model], kept[model], origin), None if matrix is None else matrix.astype(np.float32))
        for model, matrix in turned.items()
    }
    cosine = _agreement(turned, cross) / total if total else 0.0
    return Joint(sides, float(np.clip(1 - cosine, 0, 1)), iterations, count)


def _present(spaces: Mapping[str, Rows], present: Mapping[str, Mask]) -> dict[str, Mask]:
    shapes = ", ".join(str(rows.shape) for rows in spaces.values())
    if len(spaces) < 2 or any(rows.ndim != 2 for rows in spaces.values()):
        raise BadArgument(f"An alignment needs the rows of two or more models, not {shapes}.")
    if len({len(rows) for rows in spaces.values()}) > 1:
        raise BadArgument(f"An alignment needs as many rows of one model as of another, not {shapes}.")
    kept = {model: np.asarray(present.get(model, np.ones(len(rows), bool))) for model, rows in spaces.items()}
    if sum(np.sum(list(kept.values()), axis=0) >= 2) < 2:
        raise BadArgument(f"An alignment needs two or more pairs of rows that its models share, of {shapes}.")
    return kept


def _means(rows: Rows, kept: Mask, groups: npt.NDArray[np.int64]) -> Rows:
    """Mean of the rows of each group, float32 (groups, d); zero where there are none."""
    sums = np.zeros((int(groups.max()) + 1, rows.shape[1]), np.float64)
    for start in range(0, len(rows), BLOCK):
        here = np.flatnonzero(kept[start : start + BLOCK]) + start
        block = np.asarray(rows[here], np.float64)
        if not np.isfinite(block).all():
            raise BadArgument("An alignment cannot be fitted to vectors that are not finite.")
        for group in np.unique(groups[here]):
            sums[group] += block[groups[here] == group].sum(axis=0)
    counts = np.bincount(groups[kept], minlength=len(sums))
    return (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)


def _first(means: Rows, kept: Mask, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(means[groups[kept].min() if kept.any() else 0], np.float32)


def _cross(
    spaces: Mapping[str, Rows],
    kept: Mapping[str, Mask],
    weights: Doubles,
    groups: npt.NDArray[np.int64],
    means: Mapping[str, Rows],
) -> tuple[dict[tuple[str, str], Doubles], dict[tuple[str, str], float]]:
    """For each two models the weighted sum of the products of their directions, (d, d), and that of the weights."""
    pairs = list(combinations(spaces, 2))
    cross = {(a, b): np.zeros((spaces[a].shape[1], spaces[b].shape[1])) for a, b in pairs}
    shared = {(a, b): float(weights[kept[a] & kept[b]].sum()) for a, b in pairs}
    for start in range(0, len(groups), BLOCK):
        part = slice(start, start + BLOCK)
        directions = {
            model: unit_rows(np.where(kept[model][part, None], rows[part] - means[model][groups[part]], 0))
            for model, rows in spaces.items()
        }
        factors = weights[part, None].astype(np.float32)
        for a, b in pairs:
            cross[a, b] += (directions[a] * factors).T @ directions[b]
    return cross, shared


def _turn(
    dims: Mapping[str, int], cross: Mapping[tuple[str, str], Doubles], tolerance: float, limit: int
) -> tuple[dict[str, Doubles | None], int]:
    """The rotation of each model, (d, D), None for the one that stands still; and the rounds that it took."""
    still = max(dims, key=lambda model: dims[model])
    turned: dict[str, Doubles | None] = {still: None}
    while len(turned) < len(dims):  # each starts from those that are placed, the one that hangs on them most first
        pulls = {model: _pull(model, turned, cross, dims[still]) for model in dims if model not in turned}
        model = max(pulls, key=lambda one: float(np.linalg.norm(pulls[one])))
        if not pulls[model].any():
            raise BadArgument(f"Nothing that {model} has a vector of has one of {', '.join(turned)} too.")
        turned[model] = rotation(pulls[model])
    if len(dims) == 2:
        return turned, 1
    before, rounds = -np.inf, 0
    size = sum(float(np.linalg.norm(one)) for one in cross.values())
    while rounds < limit and (now := _agreement(turned, cross)) - before > tolerance * size:
        before, rounds = now, rounds + 1
        for model in [one for one in turned if one != still]:
            turned[model] = rotation(_pull(model, turned, cross, dims[still]))
    return turned, rounds


def _pull(
    model: str, turned: Mapping[str, Doubles | None], cross: Mapping[tuple[str, str], Doubles], dim: int
) -> Doubles:
    """Where the other models draw ``model``: the sum of its products with them, as they are turned, (d, D)."""
    total: Doubles = np.zeros((0, 0))
    for other, matrix in turned.items():
        if other == model:
            continue
        product = cross[model, other] if (model, other) in cross else cross[other, model].T
        here = product if matrix is None else product @ matrix
        total = here if not total.size else total + here
    return total if total.size else np.zeros((0, dim))


def _agreement(turned: Mapping[str, Doubles | None], cross: Mapping[tuple[str, str], Doubles]) -> float:
    """The weighted sum, over all rows and pairs of models, of the cosines between the turned directions."""
    total = 0.0
    for (a, b), product in cross.items():
        left, right = turned[a], turned[b]
        product = product if right is None else product @ right
        total += float(np.trace(product)) if left is None and right is None else 0.0
        if left is not None:
            total += float(np.sum(left * product))
        elif right is not None:
            total += float(np.trace(product))
    return total
