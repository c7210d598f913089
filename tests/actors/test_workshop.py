"""What is submitted of items under way."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aptl3.actors import messages as m
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.actors.workshop import Workshop
from aptl3.config import Machine, default_settings
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState, PictureInfo
from aptl3.records.store import QueueItem
from aptl3.storage.writer import Writer
from tests.actors.fakes import Recorder


class Prompts(Recorder):
    """Remembers of what the writer gets whether it must not wait for company."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[bool] = []

    def submit(self, stage: str, key: Hashable, task: Any, front: bool = False, prompt: bool = False) -> None:
        if stage == "writer":
            self.prompts.append(prompt)


@pytest.fixture
def pool() -> Iterator[FramePool]:
    made = FramePool(1 << 24, 1 << 24)
    yield made
    made.close()


def test_the_first_commit_of_a_job_does_not_wait_for_company(tmp_path: Path, pool: FramePool) -> None:
    runner = Prompts()
    with Writer.open(tmp_path / "library") as store:
        settings = default_settings(Machine(cores=2, memory=1 << 32))
        workshop = Workshop(store, runner, pool, settings, trouble=pytest.fail, last=lambda: False)
        for job in (1, 2):
            workshop.renew()
            for number in range(3):
                item = QueueItem(10 * job + number, "/nowhere", Entry(f"{number}.jpg", FileState(10, 0)))
                assert workshop.admit(job, item)
                gone = Refused(Reason.VANISHED.value, "it is gone")
                workshop.take_in(Outcome("loader", ("load", item.id), refused=gone))
    assert runner.prompts == [True, False, False] * 2


@pytest.mark.parametrize(("size", "most"), [(1 << 10, 96), (1 << 20, 32), (16 << 20, 12)])
def test_large_files_are_not_read_far_ahead_of_the_decoders(tmp_path: Path, size: int, most: int) -> None:
    pool = FramePool(1 << 30, 1 << 30)
    with Writer.open(tmp_path / "library") as store:
        settings = default_settings(Machine(cores=2, memory=1 << 34))
        workshop = Workshop(store, Recorder(), pool, settings, trouble=pytest.fail, last=lambda: False)
        begun = 0
        while workshop.wants(settings):
            begun += 1
            assert workshop.admit(1, QueueItem(begun, "/folder", Entry(f"{begun}.jpg", FileState(size, 0))))
        assert begun == len(workshop) == most
        workshop.take_in(Outcome("loader", ("load", 1), m.Loaded(size, b"1" * 16)))
        assert not workshop.wants(settings)  # it is read, and waits for a decoder
        workshop.take_in(Outcome("decoder", ("decode", 1), m.Decoded(PictureInfo("JPEG", 8, 8), 8, 8)))
        assert len(workshop) == most and workshop.wants(settings) == (most < settings.open_items)
    pool.close()
