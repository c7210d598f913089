"""A small kill test of the window: see ``tests.gui.killing`` for the full one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gui.killing import kill_and_compare


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_what_a_killed_window_had_asked_for_is_done(tmp_path: Path) -> None:
    report = kill_and_compare(tmp_path, ["shown", "expected", "half", "answered"], files=60, seed=2)
    assert report.problems == []
    assert report.supervisors >= 2
