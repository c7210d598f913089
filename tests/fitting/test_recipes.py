from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.joint import Joint
from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument
from aptl3.fitting import recipes
from aptl3.fitting.recipes import LEAST, WEIGHTS, Paired, fit

DIMS = {"words": 24, "pictures": 40, "others": 32}
RNG = np.random.default_rng(0)
TURNS = {model: np.linalg.qr(RNG.normal(size=(40, 40)))[0][:20, :dim] for model, dim in DIMS.items()}


def seen(points: np.ndarray, noise: float, models: str = "words pictures", shift: float = 0) -> dict[str, np.ndarray]:
    """What each model makes of hidden points (n, 20)."""
    return {
        model: points @ TURNS[model] + noise * RNG.normal(size=(len(points), DIMS[model])) / 5 + shift
        for model in models.split()
    }


def hidden(n: int) -> np.ndarray:
    return np.asarray(unit_rows(RNG.normal(size=(n, 20))))


def found(joint: Joint, rows: dict[str, np.ndarray], source: str, target: str) -> float:
    there = unit_rows(rows[target] - rows[target].mean(axis=0))
    answers = (joint.map(rows[source], source, target) @ there.T).argmax(axis=1)
    return float((answers == np.arange(len(answers))).mean())


CLASSES = Paired(seen(hidden(60), noise=0.2, shift=0.05))
HELD = seen(hidden(100), noise=0.3, shift=-0.05)


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_each_recipe_finds_what_was_held_out(recipe: str) -> None:
    joint = fit(recipe, Paired(seen(hidden(80), noise=0.3, shift=-0.05)), [CLASSES])
    for source, target in (("words", "pictures"), ("pictures", "words")):
        assert found(joint, HELD, source, target) > 0.7
    assert (joint.landmarks is None) == (recipe == "pairs")
    assert np.abs(joint.sides["words"].mean - (0.05 if recipe == "bootstrap" else -0.05)).mean() < 0.04


def test_joined_trusts_classes_when_pairs_are_noise_and_pairs_when_classes_are() -> None:
    weights = []
    for noisy in (True, False):
        good, bad = seen(hidden(300), 0.2), seen(hidden(300), 0.2)
        bad["words"] = bad["words"][::-1]
        pairs, classes = Paired(bad if noisy else good), Paired(good if noisy else bad)
        named, class_means, landmarks = recipes._of_classes([classes])
        means = {**class_means, **pairs.means()}
        weights.append(recipes._weighed(pairs, named, means, landmarks)[0])
    assert weights[0] < weights[1] == WEIGHTS[-1]


def test_models_without_classes_are_joined_by_pairs() -> None:
    pairs = seen(hidden(200), 0.2, "words pictures others")
    present = {"others": np.arange(200) % 4 > 0}
    pairs["others"][~present["others"]] = np.nan
    joint = fit("joined", Paired(pairs, present), [CLASSES])
    rows = seen(hidden(100), 0.2, "words pictures others")
    for source in DIMS:
        for target in DIMS:
            assert found(joint, rows, source, target) > 0.8, (source, target)


def test_two_lists_of_classes_lead_to_both_models() -> None:
    lists = [Paired(seen(hidden(50), 0.1, "words pictures")), Paired(seen(hidden(70), 0.1, "words others", shift=3))]
    joint = fit("bootstrap", None, lists)
    rows = seen(hidden(60), 0.2, "words pictures others")
    assert joint.samples == 120
    for target in ("pictures", "others"):
        assert found(joint, rows, "words", target) > 0.8


def test_the_same_rows_give_the_same_fit() -> None:
    pairs = Paired(seen(hidden(50), noise=0.3))
    one, two = (fit("joined", pairs, [CLASSES]) for _ in range(2))
    assert one.sides["words"].matrix is not None
    assert np.array_equal(one.sides["words"].matrix, two.sides["words"].matrix)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recipe", "count", "classes", "said"),
    [
        ("boiled", 50, [CLASSES], "no recipe 'boiled'"),
        ("pairs", LEAST - 1, [], f"{LEAST - 1} photographs with captions are too few to align by: {LEAST}"),
        ("joined", 0, [CLASSES], "0 photographs"),
        ("bootstrap", 50, [], "classes with names"),
    ],
)
def test_what_cannot_be_fitted_is_told(recipe: str, count: int, classes: list[Paired], said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        fit(recipe, Paired(seen(hidden(count), 0.1)), classes)


def test_values_that_are_not_finite_are_told() -> None:
    rows = seen(hidden(50), 0.1)
    rows["words"][7, 3] = np.nan
    for recipe in ("pairs", "joined"):
        with pytest.raises(BadArgument, match="not finite"):
            fit(recipe, Paired(rows), [CLASSES])
