from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from aptl3.alignment.generalized import fit, solve
from aptl3.alignment.moments import Moments
from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument


def views(n: int, dims: dict[str, int], noise: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Points of one hidden space of 24 dimensions whose lengths fall off, as each model sees them: turned, shifted,
    with noise of its own."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 24)) * 0.9 ** np.arange(24)
    seen = {}
    for model, dim in dims.items():
        turn = np.linalg.qr(rng.normal(size=(max(dim, 24),) * 2))[0][:24, :dim]
        seen[model] = hidden @ turn + noise * rng.normal(size=(n, dim)) / dim**0.5 + 2 * rng.normal(size=dim)
    return seen


def test_a_rotation_is_found_again() -> None:
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    x = rng.normal(size=(50, 6)) + 3
    joint = fit({"x": x, "y": (x - x.mean(axis=0)) @ rotation * 5 + 7})
    assert joint.turn(np.eye(6), "x", "y") == pytest.approx(rotation, abs=1e-5)
    assert joint.sides["x"].mean == pytest.approx(x.mean(axis=0), abs=1e-5)
    assert joint.sides["y"].mean == pytest.approx(np.full(6, 7), abs=1e-4)
    assert joint.distance == pytest.approx(0, abs=1e-5)
    assert (joint.samples, joint.iterations) == (50, 1)


@pytest.mark.parametrize("dims", [{"a": 24, "b": 40, "c": 64}, {"a": 64, "b": 24, "c": 40, "d": 40}])
def test_many_models_meet_and_each_finds_the_others(dims: dict[str, int]) -> None:
    seen = views(600, dims, noise=0.3)
    joint = fit({model: rows[:400] for model, rows in seen.items()})
    assert 1 < joint.iterations < 50 and 0 < joint.distance < 0.2
    for source in dims:
        for target in dims:
            rows = seen[target][400:]
            scores = joint.map(seen[source][400:], source, target) @ unit_rows(rows - rows.mean(axis=0)).T
            assert (scores.argmax(axis=1) == np.arange(200)).mean() > 0.95, (source, target)


def test_there_and_back_keeps_the_ranking() -> None:
    seen = views(600, {"a": 24, "b": 40, "c": 64}, noise=0.3)
    joint = fit(seen)
    for source, target in (("a", "c"), ("b", "c"), ("a", "b")):
        near = joint.directions(seen[source], source)
        back = joint.turn(joint.turn(near, source, target), target, source)
        before, after = (np.argsort(-(near @ near.T), axis=1)[:, :10] for near in (near, back))
        same = (
            np.mean([len(set(one) & set(two)) for one, two in zip(before.tolist(), after.tolist(), strict=True)]) / 10
        )
        assert same > (0.999 if target == "c" else 0.85), (source, target)


def test_each_round_brings_them_nearer() -> None:
    seen = views(300, {"a": 30, "b": 40, "c": 64}, noise=1.5)
    distances = [fit(seen, limit=limit).distance for limit in (0, 1, 2, 5, 50)]
    assert all(one >= two - 1e-9 for one, two in pairwise(distances))
    assert distances[0] > distances[-1]


def test_rows_that_a_model_lacks_do_not_count() -> None:
    seen = views(400, {"a": 24, "b": 40, "c": 64}, noise=0.1)
    present = {"b": np.arange(400) % 3 > 0, "c": np.arange(400) % 5 > 0}
    whole = fit(seen, present=present)
    for model, mask in present.items():
        seen[model][~mask] = np.nan
    seen["b"] = np.where(present["b"][:, None], seen["b"], np.inf)
    again = fit(seen, present=present)
    assert again.turn(np.eye(24), "a", "b") == pytest.approx(whole.turn(np.eye(24), "a", "b"))
    assert whole.distance < 0.05


def test_weights_are_as_rows_said_more_often() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 7))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    turned = []
    for weights, rows in ((np.repeat([2.0, 1.0], 15), np.arange(30)), (None, np.r_[np.arange(15), np.arange(30)])):
        means = {"x": np.zeros(4, np.float32), "y": np.zeros(7, np.float32)}
        joint = solve(Moments.of({"x": x[rows], "y": y[rows]}, means, weights=weights), means)
        turned.append(joint.turn(np.eye(4), "x", "y"))
    assert turned[0] == pytest.approx(turned[1], abs=1e-5)
    one = fit({"x": x, "y": y}, np.repeat([2.0, 1.0], 15))
    assert one.turn(np.eye(4), "x", "y") == pytest.approx(turned[0], abs=1e-5)


ONES, NONE = np.ones((3, 2)), np.zeros(3, bool)


@pytest.mark.parametrize(
    ("spaces", "present", "said"),
    [
        ({"a": ONES, "b": np.ones((4, 2))}, {}, "as many rows"),
        ({"a": np.ones((1, 2)), "b": np.ones((1, 2))}, {}, "two or more rows"),
        ({"a": np.ones(3), "b": ONES}, {}, "two or more models"),
        ({"a": ONES}, {}, "two or more models"),
        ({"a": np.full((3, 2), np.nan), "b": ONES}, {}, "not finite"),
        ({"a": ONES, "b": ONES}, {"a": NONE}, "two or more rows"),
        ({"a": np.eye(3), "b": np.eye(3), "c": np.eye(3)}, {"c": NONE}, "Nothing that c has"),
    ],
)
def test_what_cannot_be_fitted_is_told(
    spaces: dict[str, np.ndarray], present: dict[str, np.ndarray], said: str
) -> None:
    with pytest.raises(BadArgument, match=said):
        fit(spaces, present=present)
