"""Every benchmark, once and tiny: that they work, not what they find."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

CALLS = {
    "captions": (),
    "controller": (),
    "engines": (),
    "evaluation": ("--trees", "5"),
    "fitting": (),
    "growth": (),
    "ingest": ("--alone",),
    "likely": (),
    "peers": ("--only", "DataLoader bfloat16"),
    "search": (),
    "stages": (),
    "startup": (),
    "tuning": (),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_prints_a_table_and_keeps_what_it_found(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    main = import_module(f"benchmarks.{name}").main
    main(["--tiny", "--out", str(tmp_path / "results"), *CALLS[name]])
    assert len(capsys.readouterr().out.splitlines()) > 2
    (document,) = (tmp_path / "results").glob("*.json")
    assert json.loads(document.read_text("utf-8"))["machine"]["cores"] >= 1
    assert document.with_suffix(".png").stat().st_size > 1000
