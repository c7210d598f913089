from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aptl3.fitting.evaluation import pictures
from aptl3.fitting.evaluation.cell import Cell, Outcome, pooled
from aptl3.fitting.evaluation.metrics import MISSED
from aptl3.fitting.evaluation.report import Report
from aptl3.records.relation import Relation

RELATION = Relation(1, "coco", "made here", "2020-02-02T02:02:02+00:00", 400, 80, 400)


def outcome(way: str, typical: float, seed: int = 1, **cell: int) -> Outcome:
    """100 queries of 20 photographs, whose ranks among 80 are about ``typical``."""
    ranks = np.minimum(80, 1 + np.random.default_rng(seed).exponential(typical, 100).astype(np.int64))
    if cell.get("trees"):
        ranks[:3] = MISSED
    shown = Cell("texts/a", "pictures", way, **cell)
    return Outcome(shown, 80, ranks, np.arange(100) // 5, 60 + typical + ranks / 80, 1.0, 0.5)


@pytest.fixture
def report() -> Report:
    ways = {"joined of texts/a, pictures": 2, "bootstrap": 5}
    grid = [
        outcome(way, typical, trees=trees, search_k=search_k)
        for way, typical in ways.items()
        for trees, search_k in ((0, 0), (10, 500), (10, 5000), (50, 500), (50, 5000))
    ]
    learning = [outcome("bootstrap", 5, pairs=0), *(outcome("pairs", 300 / n, pairs=n) for n in (10, 20, 50, 64))]
    return Report(RELATION, 20, 60, grid, learning, ["nothing"])


def test_a_picture_of_each_kind_for_each_direction(report: Report, tmp_path: Path) -> None:
    made = pictures.draw(report, tmp_path)
    names = [f"{kind} texts-a to pictures.png" for kind in ("recall", "index", "learning")]
    assert [path.name for path in made] == names
    for path in made:
        with Image.open(path) as picture:
            assert picture.format == "PNG" and min(picture.size) > 400


def test_the_curves_of_recall_are_those_of_the_outcomes(report: Report) -> None:
    exact = [one for one in report.outcomes if not one.cell.trees]
    [axes] = pictures.recall_figure(exact).axes
    assert axes.get_xscale() == "log" and axes.get_xlim() == (1, 80)
    lines = {str(line.get_label()): line for line in axes.lines}
    assert set(lines) == {"joined of texts/a, pictures", "bootstrap", "by chance"}
    drawn = np.asarray(lines["bootstrap"].get_ydata())
    assert drawn[0] == exact[1].recall(1).value and drawn[-1] == 1
    chance = np.asarray(lines["by chance"].get_ydata())
    assert chance[0] == pytest.approx(1 / 80) and chance[-1] == 1


def test_a_learning_curve_has_its_points_and_its_level(report: Report) -> None:
    degrees, recall = pictures.learning_figure(report.learning).axes
    level, curve = degrees.lines
    assert len(set(np.asarray(level.get_ydata()).tolist())) == 1
    assert np.asarray(curve.get_xdata()).tolist() == [10, 20, 50, 64]
    assert "degrees" in degrees.get_ylabel() and recall.get_ylabel() == "recall@10"
    ticks = [label.get_text() for label in degrees.get_xticklabels()]
    assert ticks[0] == "10" and ticks[-1] == "64"


def test_a_direction_without_a_grid_has_no_picture_of_it(report: Report, tmp_path: Path) -> None:
    few = [one for one in report.outcomes if one.cell.search_k in (0, 500)]
    plain = Report(RELATION, 20, 60, few, [], [])
    assert [path.name for path in pictures.draw(plain, tmp_path)] == ["recall texts-a to pictures.png"]


def test_the_document_holds_all_figures(report: Report) -> None:
    document = report.as_json()
    assert document["relation"]["name"] == "coco" and document["notes"] == ["nothing"]
    first, through = document["outcomes"][:2]
    assert first["search"] == "exact" and through["search"] == "10 trees, search_k 500"
    assert set(first["recall"]) == {"1", "5", "10"} and first["queries"] == 100
    assert first["curve"]["ks"][-1] == 80 and first["curve"]["value"][-1] == 1.0
    assert first["recall"]["5"]["low"] <= first["recall"]["5"]["value"] <= first["recall"]["5"]["high"]
    assert through["curve"]["value"][-1] == pytest.approx(0.97, abs=0.02)
    assert (document["learning"][1]["pairs"], document["learning"][1]["draws"]) == (10, 1)
    assert "pairs" not in first and "draw" not in first


def test_draws_are_pooled_into_one_point() -> None:
    draws = [outcome("pairs", typical, pairs=10, draw=number) for number, typical in enumerate((2, 4, 6))]
    point = pooled(draws, Cell("texts/a", "pictures", "pairs", pairs=10))
    assert (point.queries, point.draws, point.pictures) == (100, 3, 20)
    assert point.recall(5).value == pytest.approx(np.mean([one.recall(5).value for one in draws]))
