"""The durable queue as it is read: nothing twice, nothing left, frames given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.actors import messages as m
from aptl3.actors.feed import READ_AHEAD, Feed
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState, Wanted
from aptl3.storage.writer import Writer
from tests.actors.fakes import Recorder


class Stand:
    """The feed of a job of one folder in an empty library."""

    def __init__(self, root: Path) -> None:
        self.writer = Writer.open(root)
        self.runner = Recorder()
        self.pool = FramePool(4 << 20, 4 << 20)
        with self.writer.checkpoint() as checkpoint:
            self.job = checkpoint.create_job(["/folder"], {})
        self.feed = Feed(self.writer, self.runner, self.pool, self.job)

    def record(self, count: int) -> None:
        entries = [Entry(f"{number:04}.jpg", FileState(1, 1)) for number in range(count)]
        with self.writer.checkpoint() as checkpoint:
            checkpoint.record_listing(self.job, "/folder", entries, [], 0, [], [], None)

    def settle(self, item: int) -> None:
        with self.writer.checkpoint() as checkpoint:
            checkpoint.fail_item(self.job, item, "decoder", Reason.CORRUPT, "bad")


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    made.writer.close()
    made.pool.close()


def test_folders_are_listed_then_their_files_come_each_once(stand: Stand) -> None:
    feed = stand.feed
    feed.read()
    feed.scan(Wanted())
    assert [task.folder for _, _, task in stand.runner.submitted if isinstance(task, m.Scan)] == ["/folder"]
    feed.read()
    feed.scan(Wanted())
    assert (len(stand.runner.submitted), feed.scanning, feed.empty) == (1, True, False)
    feed.scanned("/folder", Outcome("loader", ("scan", "/folder"), m.Scanned(10, 1)))
    assert isinstance(stand.runner.submitted[-1][2], m.Record)
    stand.record(READ_AHEAD + 5)
    feed.recorded("/folder")
    assert stand.pool.in_use == 0
    seen = []
    while True:
        feed.read()
        if not feed.items:
            break
        seen.append(feed.items.popleft())
        stand.settle(seen[-1].id)
    assert [item.entry.name for item in seen] == [f"{number:04}.jpg" for number in range(READ_AHEAD + 5)]
    assert (feed.ending, feed.empty) == (True, True)


def test_a_folder_that_cannot_be_listed_is_refused_by_the_writer(stand: Stand) -> None:
    stand.feed.read()
    stand.feed.scan(Wanted())
    refused = Refused(Reason.UNREADABLE.value, "no permission")
    stand.feed.scanned("/folder", Outcome("loader", ("scan", "/folder"), refused=refused))
    assert stand.runner.submitted[-1][2] == m.Refuse(stand.job, "/folder", Reason.UNREADABLE, "no permission")


def test_a_queue_that_is_not_empty_is_never_at_its_end(stand: Stand) -> None:
    stand.record(3)
    stand.feed.read()
    stand.feed.items.clear()  # dropped on the way: the durable queue still has them
    stand.feed.read()
    stand.feed.read()
    assert not stand.feed.empty
    stand.feed.read()
    assert len(stand.feed.items) == 3


def test_after_a_change_the_queue_is_read_from_its_beginning(stand: Stand) -> None:
    stand.record(3)
    stand.feed.read()
    first = stand.feed.items.popleft()
    stand.feed.again()
    stand.feed.read()
    assert stand.feed.items[0] == first
