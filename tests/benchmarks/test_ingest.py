"""What is compared is measured in turns, from files of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import ingest, jobs, stages
from benchmarks.files import KINDS
from benchmarks.ingest import Bench, Figures


def test_every_round_measures_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    rates = iter([10.0, 30.0, 20.0])

    def noted(name: str, answer: Any) -> Any:
        order.append(name)
        return answer

    costs = {(stage, stages.OURS): 2.0 for stage in ("decoder", "extractor")}
    monkeypatch.setattr(stages, "STAGES", ("decoder", "extractor"))
    monkeypatch.setattr(stages, "ours", lambda paths: noted("ours", costs))
    monkeypatch.setattr(stages, "others", lambda paths: noted("others", {("decoder", "cv2"): 1.0}))
    monkeypatch.setattr(jobs, "warm", lambda *_: noted("warm", jobs.Warm(600.0, 1, {})))
    monkeypatch.setattr(jobs, "cold", lambda *_: noted("cold", jobs.Cold(2.0, 0.5)))
    monkeypatch.setattr(ingest, "rate", lambda *_: noted("peer", next(rates)))
    KINDS["small"].make(tmp_path, 4, 0)
    given = Bench(tmp_path, tmp_path, tmp_path, True, {"SPDL": ""}).measure(3)
    assert sorted(order) == sorted(["ours", "others", "warm", "cold", "peer"] * 3)
    assert [sorted(order[at : at + 5]) for at in (0, 5)] == [sorted(order[10:])] * 2
    figures = Figures.of(given, files=4, cores=2, peak_mb=100.0)
    assert figures.limit == pytest.approx(2000 / 3)  # the best: 1 and 2 ms
    assert figures.share == pytest.approx(0.9)
    assert figures.faster["SPDL"].median == 30
    assert "20.0  files/s  10.0 to 30.0 in 3 runs" in figures.report()


def test_a_mixed_folder_is_as_told(tmp_path: Path) -> None:
    KINDS["mixed"].make(tmp_path, 20, 0)
    names = sorted(path.suffix for path in tmp_path.iterdir())
    assert names == sorted([".jpg"] * 18 + [".png", ".txt"])
    whole = [path for path in tmp_path.glob("*.jpg") if path.read_bytes().endswith(b"\xff\xd9")]
    assert len(whole) == 16  # 14 small, one large, one copy
