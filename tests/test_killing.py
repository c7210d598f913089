"""A small kill test: see ``tests.killing`` for the full one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.killing import FAILPOINTS, kill_and_compare
from tests.photographs import make_folder, make_texts


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_job_killed_again_and_again_comes_out_as_if_nothing_had_happened(tmp_path: Path) -> None:
    folder = make_texts(make_folder(tmp_path / "photographs", 400, seed=3), 40)
    report = kill_and_compare(folder, tmp_path, kills=11, seed=4)
    assert report.problems == []
    assert report.kills.total() >= 5
    assert report.kills[FAILPOINTS[0]] == 1
