"""The benchmark's own order: what is compared is measured in turns."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import ingest


def test_every_round_measures_everything_once(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    rates = iter([10.0, 30.0, 20.0])

    def stage_costs(paths: list[Path], rounds: dict[str, dict[str, list[float]]]) -> None:
        order.append("stages")
        rounds["load"]["aptl3"].append(1.0)

    def warm_job(root: Path, warm_up: list[Path], folder: Path) -> tuple[float, dict[str, float]]:
        order.append("warm")
        return 100.0, {}

    def cold_job(root: Path, folder: Path) -> float:
        order.append("cold")
        return 1.0

    def baseline(folder: Path) -> float:
        order.append("baseline")
        return next(rates)

    monkeypatch.setattr(ingest, "stage_costs", stage_costs)
    monkeypatch.setattr(ingest, "warm_job", warm_job)
    monkeypatch.setattr(ingest, "cold_job", cold_job)
    monkeypatch.setattr(ingest, "baseline", baseline)
    monkeypatch.setattr(ingest, "peak_memory", lambda root, folder: 1.0)
    figures = ingest.measure(photographs, 3)
    assert order == ["stages", "warm", "cold", "baseline"] * 3
    assert figures.baseline == 20
    assert "20.0 images/s  (10.0 to 30.0 in 3 runs)" in ingest.report(figures)


def test_a_round_of_the_baseline_stays_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, 'loading\n{"per_second": 18.5}\n')

    monkeypatch.setattr(ingest, "subprocess", SimpleNamespace(run=run))
    assert ingest.baseline(tmp_path) == 18.5
    assert asked[0][2:] == [str(tmp_path), "--limit", str(ingest.BASELINE)]
