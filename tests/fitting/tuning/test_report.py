"""A report crosses between processes as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from aptl3.config import STAGES, Machine, default_settings
from aptl3.fitting.tuning.choice import Engine
from aptl3.fitting.tuning.hosting import Cost
from aptl3.fitting.tuning.picture import draw
from aptl3.fitting.tuning.report import Report, Way
from aptl3.records.tuning import Tuning

MACHINE = Machine(2, 8 << 30, False, "A fine processor")
SETTINGS = default_settings(MACHINE)


def report() -> Report:
    first = Way(SETTINGS).ran(100.0, 100.0).ran(90.0, 90.0)
    other = Way(replace(SETTINGS, extractor_threads=1)).ran(80.0, 100.0)
    return Report(
        usable=MACHINE,
        files=100,
        size=112_000,
        costs={stage: Cost(0.001, 0.002) for stage in STAGES},
        engines=(Engine(2, 16, Cost(0.005, 0.003)),),
        used=dict.fromkeys(STAGES, 0.25),
        memory=dict.fromkeys(STAGES, 1 << 20),
        ways=(first, other),
        tuning=Tuning(replace(SETTINGS, cores=1), MACHINE, "2030-01-02T03:04:05+00:00", 95.0, "A reason."),
        seconds=30.0,
    )


def test_what_is_measured_comes_through() -> None:
    there = Report.from_json(json.loads(json.dumps(report().as_json())))
    assert there == report()
    assert there.chosen == there.ways[0]
    assert (there.chosen.rate, there.chosen.ratio, there.ways[1].ratio) == (95.0, 1.0, 0.8)
    assert str(there.ways[1]) == "extractor 1 × 1 thread, decoder 2, loader 1, thumbnailer 1, batch 16"


def test_it_is_drawn(tmp_path: Path) -> None:
    from PIL import Image

    draw(report(), tmp_path / "tuning.png")
    with Image.open(tmp_path / "tuning.png") as picture:
        assert min(picture.size) > 300
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 20
