from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting.evaluation.cell import Cell, Outcome
from aptl3.fitting.evaluation.kept import UNUSED, Kept
from aptl3.fitting.evaluation.metrics import MISSED
from aptl3.storage.layout import Layout

CELL = Cell("texts", "pictures", "joined", 10, 500)
OUTCOME = Outcome(CELL, 80, np.array([1, MISSED]), np.array([4, 5]), np.array([70.25, 80.5]), 1.5, 0.125)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    kept = Kept(Layout.of(tmp_path))
    assert kept.prepare()
    return kept


def test_an_outcome_comes_back_as_it_was(kept: Kept) -> None:
    kept.put("key", OUTCOME)
    found = kept.get("key", CELL)
    assert found is not None
    assert (found.cell, found.items, found.answers, found.milliseconds) == (CELL, 80, 1.5, 0.125)
    np.testing.assert_array_equal(found.ranks, OUTCOME.ranks)
    np.testing.assert_array_equal(found.clusters, OUTCOME.clusters)
    np.testing.assert_array_equal(found.angles, OUTCOME.angles)
    assert kept.get("another", CELL) is None
    assert [path.name for path in kept.folder.iterdir()] == ["key.json"]


@pytest.mark.parametrize("damage", [b"", b'{"cell": {}', b'{"items": 3}', b"[]", b"\xff\xfe"])
def test_what_cannot_be_read_is_measured_anew(kept: Kept, damage: bytes) -> None:
    (kept.folder / "key.json").write_bytes(damage)
    assert kept.get("key", CELL) is None


def test_what_nobody_asked_for_in_a_long_time_goes(kept: Kept) -> None:
    for name in ("old", "used"):
        kept.put(name, OUTCOME)
        os.utime(kept.folder / f"{name}.json", (0, time.time() - UNUSED - 60))
    assert kept.get("used", CELL) is not None
    assert kept.prepare()
    assert [path.name for path in kept.folder.iterdir()] == ["used.json"]


def test_only_the_owner_may_read_it(kept: Kept) -> None:
    kept.put("key", OUTCOME)
    assert (kept.folder / "key.json").stat().st_mode & 0o077 == 0
    assert kept.folder.stat().st_mode & 0o077 == 0


def test_a_library_that_cannot_be_written_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, mode: int) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refused)
    assert not Kept(Layout.of(tmp_path)).prepare()
