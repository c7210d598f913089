"""The measuring process: what it says, and what becomes of it when it is lost."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from aptl3.config import this_machine
from aptl3.errors import Aptl3Error
from aptl3.fitting.tuning.process import measure
from benchmarks.jobs import ended
from tests.photographs import make_photograph


def test_a_measuring_that_is_lost_is_told_in_one_line_and_leaves_nothing(tmp_path: Path, model_cache: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    files = [str(make_photograph(folder / f"{number}.jpg", number)) for number in range(16)]
    before = set(psutil.Process().children())
    lost: list[psutil.Process] = []

    def end(share: float, what: str) -> None:
        [process] = set(psutil.Process().children()) - before
        lost.extend([process, *process.children(recursive=True)])
        process.kill()

    machine = this_machine()
    with pytest.raises(Aptl3Error, match="ended unexpectedly") as caught:
        measure(tmp_path / "library", files, machine, machine, end)
    assert "\n" not in str(caught.value)
    assert ended(lost, 30) == []
    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]


def test_what_the_user_can_mend_is_told_as_it_is(tmp_path: Path, model_cache: Path) -> None:
    files = []
    for number in range(16):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(b"no photograph %d" % number)
        files.append(str(path))
    machine = this_machine()
    with pytest.raises(Aptl3Error, match="No file of the sample is any good"):
        measure(tmp_path / "library", files, machine, machine, lambda share, what: None)
    assert not (tmp_path / "library").exists()
    assert len(list(tmp_path.iterdir())) == 16
