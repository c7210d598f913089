"""Rounds, figures, options and what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import StatisticsError

import pytest

from benchmarks import harness
from benchmarks.harness import Figure, interleaved, keep, ratio, table


def test_ways_take_turns_and_warming_up_does_not_count() -> None:
    order: list[str] = []
    counts = {"a": 0, "b": 0}

    def run(name: str) -> int:
        order.append(name)
        counts[name] += 1
        return counts[name]

    given = interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, rounds=2, warm_up=1)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert given == {"a": [2, 3], "b": [2, 3]}


def test_a_figure_is_the_median_with_its_spread() -> None:
    assert str(Figure.of([30.0, 10.0, 20.0], "ms")) == "20.0 ms (10.0 to 30.0 in 3 runs)"
    assert str(Figure.of([0.01234], "s")) == "0.0123 s (0.0123 to 0.0123 in 1 run)"
    with pytest.raises(StatisticsError):
        Figure.of([], "ms")


def test_ratios_are_those_of_the_rounds() -> None:
    assert ratio([10.0, 20.0, 90.0], [10.0, 5.0, 30.0]) == Figure(3.0, 1.0, 4.0, 3, "×")


def test_tiny_gives_other_defaults_and_what_is_asked_for_holds() -> None:
    def options(*argv: str) -> tuple[int, int]:
        made = harness.parser("Asks.", rounds=5)
        made.add_argument("--count", type=int, default=1000)
        given = harness.parse(made, argv, count=8)
        return given.rounds, given.count

    assert options() == (5, 1000)
    assert options("--tiny") == (1, 8)
    assert options("--tiny", "--rounds", "2", "--count", "1000") == (2, 1000)


def test_a_table_has_columns() -> None:
    lines = table(("stage", "ms"), [("decode", 2.345), ("hash", None), ("embed", Figure(12.34, 1, 20, 3, "ms"))])
    assert lines.splitlines() == ["stage     ms", "decode  2.35", "hash       –", "embed   12.3"]


def test_results_are_kept_with_the_machine_and_a_picture(tmp_path: Path) -> None:
    figures = {"ours": Figure.of([1.0, 2.0], "s"), "theirs": Figure.of([3.0], "s")}
    keep(tmp_path / "new", "rates", {"figures": figures}, lambda axes: harness.bars(axes, figures, "Rates"))
    kept = json.loads((tmp_path / "new" / "rates.json").read_text("utf-8"))
    assert kept["figures"]["ours"] == {"median": 1.5, "min": 1.0, "max": 2.0, "runs": 2, "unit": "s"}
    assert kept["machine"]["cores"] >= 1
    assert (tmp_path / "new" / "rates.png").read_bytes().startswith(b"\x89PNG")
