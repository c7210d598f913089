"""Stages measured one after the other, in this process, and the extractor's ways alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from aptl3.actors.pipeline import Places
from aptl3.config import STAGES, Machine, default_settings
from aptl3.fitting.tuning import engines
from aptl3.fitting.tuning.costs import costs
from tests.photographs import make_photograph

MACHINE = Machine(cores=1, memory=4 << 30)


def test_every_stage_costs_something(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SECONDS", 0.02)
    for part, count in (("warm-up", 2), ("sample", 6)):
        (tmp_path / part).mkdir()
        for number in range(count):
            make_photograph(tmp_path / part / f"{number}.jpg", len(part) * number, (1600, 1200))
    places = Places(tmp_path / "library", model_cache)
    found = costs(places, default_settings(MACHINE), tmp_path / "warm-up", tmp_path / "sample")
    assert set(found) == set(STAGES)
    assert all(cost.core > 0 and cost.wall > 0 for cost in found.values())
    assert found["decoder"].core > found["thumbnailer"].core  # it decodes 1600 × 1200, that one encodes 300 × 225
    offered = engines.engines(places, default_settings(MACHINE), MACHINE)
    assert [(one.threads, one.batch, one.device) for one in offered] == [(1, batch, False) for batch in (8, 16, 32)]
    assert all(one.cost.core > 0 and one.cost.wall > 0 for one in offered)
