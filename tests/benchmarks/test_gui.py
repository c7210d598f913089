from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import gui


def test_a_window_is_started_scrolled_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results"
    assert gui.main(["--tiny", "--count", "60", "--work", str(tmp_path), "--out", str(out)]) == 0
    told = {one["name"]: one["figure"] for one in json.loads((out / "gui.json").read_text("utf-8"))["told"]}
    lines = capsys.readouterr().out.splitlines()
    assert all(any(line.startswith(name) for line in lines) for name in told)
    assert told["search by words: first row of pictures"]["runs"] == 2
    assert told["memory after scrolling, at rest"]["median"] > 10
    assert told["models loaded by then"]["max"] == 0  # nothing was searched for
    assert (out / "gui.png").stat().st_size > 1000
