"""Generalized Procrustes Analysis: any number of spaces, of any dimensions, turned so that what means the same meets.

J. Gower, "Generalized Procrustes analysis", Psychometrika 40 (1975), turns each set of points to the mean of all until
nothing moves. The sum that this lowers depends on the rows through their products XₖᵀXₗ (``moments.py``) alone, and the
space of most dimensions, the reference, may stand still, since turning all of them changes nothing. So a round turns
each space to the others where they lie now (J. ten Berge, "Orthogonal Procrustes rotation for two or more matrices",
Psychometrika 42 (1977)); no round makes it worse. For two spaces the first round is the exact solution.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from aptl3.alignment.joint import Joint, Side
from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.moments import Doubles, Mask, Moments, Rows, mean_of
from aptl3.alignment.orthogonal import rotation
from aptl3.alignment.rows import Floats
from aptl3.errors import BadArgument

TOLERANCE = 1e-6  # of the mean cosine: a round that raises it by less is the last
ROUNDS = 100

_Turned = dict[str, Doubles | None]  # model → (d, D); None for the reference, which stands still


def fit(
    spaces: Mapping[str, Rows],
    weights: npt.NDArray[np.floating] | None = None,
    present: Mapping[str, Mask] | None = None,
    *,
    tolerance: float = TOLERANCE,
    limit: int = ROUNDS,
) -> Joint:
    """Fits rotations of the centred directions of ``spaces`` into the one of most dimensions.

    Args:
        spaces: model → (n, d_model), any float type; row i of all of them means the same. Two models or more.
        weights: (n,), what a row counts, not negative; all 1 by default.
        present: model → bool (n,), which rows it has; the others may hold anything. A model that is not named has all.
        tolerance: of the mean cosine: a round that raises it by less is the last.
        limit: rounds at most.

    Raises:
        BadArgument: shapes do not match, fewer than two rows are shared, a value is not finite, or the models do not
            hang together by the rows that they share.
    """
    checked(spaces)
    have = present or {}
    means = {model: mean_of(rows, have.get(model)) for model, rows in spaces.items()}
    return solve(Moments.of(spaces, means, have, weights), means, tolerance=tolerance, limit=limit)


def checked(spaces: Mapping[str, Rows]) -> None:
    """Raises BadArgument unless these are as many rows of each of two models or more."""
    shapes = ", ".join(str(rows.shape) for rows in spaces.values())
    if len(spaces) < 2 or any(rows.ndim != 2 for rows in spaces.values()):
        raise BadArgument(f"An alignment needs the rows of two or more models, not {shapes}.")
    if len({len(rows) for rows in spaces.values()}) > 1:
        raise BadArgument(f"An alignment needs as many rows of one model as of another, not {shapes}.")


def solve(
    moments: Moments,
    means: Mapping[str, Floats],
    landmarks: Landmarks | None = None,
    *,
    tolerance: float = TOLERANCE,
    limit: int = ROUNDS,
) -> Joint:
    """As ``fit``, from what the rows come to. ``means`` are what queries will be centred by; they name the models."""
    if moments.samples < 2:
        raise BadArgument(f"An alignment needs two or more rows that its models share, not {moments.samples}.")
    total = sum(moments.shared.values())
    turned = _placed({model: len(mean) for model, mean in means.items()}, moments)
    before, now, rounds = -np.inf, _agreement(turned, moments), 1
    while len(turned) > 2 and rounds <= limit and now - before > tolerance * total:
        for model in [one for one, matrix in turned.items() if matrix is not None]:
            turned[model] = rotation(_pull(model, turned, moments))
        before, now, rounds = now, _agreement(turned, moments), rounds + 1
    sides = {
        model: Side(mean, None if (matrix := turned[model]) is None else matrix.astype(np.float32))
        for model, mean in means.items()
    }
    return Joint(sides, float(np.clip(1 - now / total, 0, 1)), rounds, moments.samples, landmarks)


def _placed(dims: Mapping[str, int], moments: Moments) -> _Turned:
    """The first round: each is turned to those that are placed, the one that hangs on them most first."""
    reference = max(dims, key=lambda model: dims[model])
    turned: _Turned = {reference: None}
    while len(turned) < len(dims):
        pulls = {model: _pull(model, turned, moments) for model in dims if model not in turned}
        model = max(pulls, key=lambda one: float(np.linalg.norm(pulls[one])))
        if not pulls[model].any():
            raise BadArgument(f"Nothing that {model} has a vector of has one of {', '.join(turned)} too.")
        turned[model] = rotation(pulls[model])
    return turned


def _pull(model: str, turned: _Turned, moments: Moments) -> Doubles:
    """Where the other models draw ``model``: the sum of its products with them, as they are turned, (d, D)."""
    total: Doubles = np.zeros(())
    for other, matrix in turned.items():
        product = _product(moments, model, other)
        if other != model and product is not None:
            total = total + (product if matrix is None else product @ matrix)
    return total


def _product(moments: Moments, a: str, b: str) -> Doubles | None:
    if (a, b) in moments.cross:
        return moments.cross[a, b]
    return moments.cross[b, a].T if (b, a) in moments.cross else None


def _agreement(turned: _Turned, moments: Moments) -> float:
    """The weighted sum, over all rows and pairs of models, of the cosines between the turned directions."""
    total = 0.0
    for (a, b), product in moments.cross.items():
        left, right = turned[a], turned[b]
        moved = product if right is None else product @ right
        total += float(np.trace(moved) if left is None else np.sum(left * moved))
    return total
