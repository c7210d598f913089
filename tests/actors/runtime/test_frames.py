from __future__ import annotations

import os
import pickle
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aptl3.actors.runtime.frames import RELEASED_FROM, Frame, FramePool

from .conftest import do, doer, ready


def test_a_frame_that_was_freed_is_not_freed_again(pool: FramePool) -> None:
    first = pool.allocate(100)
    assert first
    pool.free(first)
    second = pool.allocate(100)
    assert second and second.offset == first.offset and second.generation != first.generation
    with pytest.raises(KeyError):
        pool.free(first)
    with pytest.raises(KeyError):
        pool.free(Frame(second.offset, 200, second.generation))
    assert pool.in_use == 1
    pool.free(second)
    assert pool.used == pool.in_use == 0


def test_what_is_bigger_than_the_budget_is_admitted_alone() -> None:
    pool = FramePool(1 << 24, 1 << 20)
    small = pool.allocate(10)
    assert small
    assert pool.allocate(1 << 21) is None
    pool.free(small)
    big = pool.allocate(1 << 22)
    assert big
    assert pool.allocate(10) is None
    pool.free(big)
    assert pool.allocate(10)
    pool.close()


def test_no_hole_is_large_enough() -> None:
    pool = FramePool(1 << 20, 1 << 20)
    frames = [pool.allocate(1 << 18) for _ in range(4)]
    for frame in (frames[0], frames[2]):
        assert frame
        pool.free(frame)
    assert pool.allocate((1 << 18) + 1) is None  # the budget would do
    again = pool.allocate(1 << 18)
    assert again and again.offset == 0  # low addresses first
    pool.close()


def test_a_pair_is_had_whole_or_not_at_all() -> None:
    pool = FramePool(1 << 20, 1 << 20)
    work, file = pool.allocate_pair(1 << 19, 1 << 12) or (None, None)
    assert work and file
    assert (work.offset, file.offset) == (0, (1 << 20) - (1 << 12))  # what goes back soon lies at the other end
    used = pool.used
    assert pool.allocate_pair(1 << 19, 1 << 12) is None  # by the budget
    pool.free(work)
    middle = pool.allocate(1 << 18)
    assert middle and pool.allocate(1 << 18)
    pool.free(middle)
    left = pool.used
    assert pool.allocate_pair(1 << 18, 3 << 18) is None  # there is a hole for the first alone
    assert pool.used == left < used
    pool.close()


def test_a_pair_that_is_bigger_than_the_budget_is_admitted_alone() -> None:
    pool = FramePool(1 << 24, 1 << 20)
    assert pool.allocate_pair(10, 1 << 21)
    assert pool.allocate_pair(10, 10) is None
    with pytest.raises(ValueError, match="bytes"):
        pool.allocate_pair(10, 1 << 24)
    pool.close()


@pytest.mark.parametrize("size", [-1, (1 << 26) + 1])
def test_sizes_that_can_never_be_had(pool: FramePool, size: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        pool.allocate(size)


@pytest.mark.parametrize(("capacity", "budget"), [(10, 0), (10, 11)])
def test_budget_within_capacity(capacity: int, budget: int) -> None:
    with pytest.raises(ValueError, match="budget"):
        FramePool(capacity, budget)


def test_a_view_outside_the_memory(pool: FramePool) -> None:
    capacity = pool.memory.capacity
    for frame in (Frame(capacity - 1, 2, 1), Frame(-1, 1, 1), Frame(0, -1, 1)):
        with pytest.raises(IndexError):
            pool.memory.view(frame)


def test_views_may_outlive_the_pool() -> None:
    pool = FramePool(1 << 16, 1 << 16)
    frame = pool.allocate(3)
    assert frame
    view = pool.memory.view(frame)
    view[:] = b"abc"
    pool.close()
    assert bytes(view) == b"abc"


def test_memory_is_handed_over_at_spawn_only(pool: FramePool) -> None:
    with pytest.raises(RuntimeError, match="inheritance"):
        pickle.dumps(pool.memory)


@pytest.mark.skipif(sys.platform != "linux", reason="counts the blocks of a memfd")
def test_pages_go_back_to_the_system() -> None:
    pool = FramePool(RELEASED_FROM * 4, RELEASED_FROM * 2)
    small, big = pool.allocate(1 << 20), pool.allocate(RELEASED_FROM)
    assert small and big

    def held() -> int:
        return os.fstat(int(pool.memory._handle)).st_blocks * 512

    pool.memory.view(small)[:] = b"s" * small.size
    pool.memory.view(big)[:] = b"b" * big.size
    assert held() >= big.size + small.size
    pool.free(big)
    assert held() == small.size
    pool.free(small)
    assert held() == small.size
    pool.trim()
    assert held() == 0
    pool.memory.view(Frame(0, 4096, 0))[:] = bytes(4096)
    pool.trim()
    assert held() == 4096, "there is nothing to give back, as far as the pool knows"
    pool.close()


def test_workers_share_the_memory(supervise, pool: FramePool) -> None:  # type: ignore[no-untyped-def]
    supervisor = supervise(doer())
    frame = pool.allocate(1000)
    assert frame
    pool.memory.view(frame)[:] = b"\x01" * 1000
    (outcome,) = do(supervisor, ("invert", frame))
    assert outcome.value == 1000
    assert bytes(pool.memory.view(frame)) == b"\xfe" * 1000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_has_no_name_in_any_folder(supervise, pool: FramePool) -> None:  # type: ignore[no-untyped-def]
    (pid,) = ready(supervise(doer()))
    for process in (pid, os.getpid()):
        mappings = Path(f"/proc/{process}/maps").read_text()
        assert "/memfd:aptl3-frames (deleted)" in mappings
        assert "/dev/shm" not in mappings


class Allocations(RuleBasedStateMachine):
    """Whatever is allocated and freed in whatever order: no overlap, no page lost, the budget kept."""

    @initialize()
    def create(self) -> None:
        self.pool = FramePool(1 << 20, 1 << 18)
        self.frames: list[Frame] = []

    @rule(size=st.one_of(st.integers(0, 1 << 20), st.integers(0, 1 << 15)))
    def allocate(self, size: int) -> None:
        used = self.pool.used
        frame = self.pool.allocate(size)
        if frame is None:
            assert used
        else:
            assert frame.size == size
            assert self.pool.used <= self.pool.budget or used == 0
            self.frames.append(frame)

    @rule(size=st.integers(0, 1 << 16), soon=st.integers(0, 1 << 18))
    def allocate_pair(self, size: int, soon: int) -> None:
        used = self.pool.used
        pair = self.pool.allocate_pair(size, soon)
        if pair is None:
            assert self.pool.used == used > 0
        else:
            assert tuple(frame.size for frame in pair) == (size, soon)
            assert self.pool.used <= self.pool.budget or used == 0
            self.frames += pair

    @precondition(lambda self: self.frames)
    @rule(data=st.data())
    def free(self, data: st.DataObject) -> None:
        self.pool.free(self.frames.pop(data.draw(st.integers(0, len(self.frames) - 1))))

    @invariant()
    def consistent(self) -> None:
        ordered = sorted(self.frames)
        for before, after in pairwise(ordered):
            assert before.offset + max(before.size, 1) <= after.offset
        assert self.pool.in_use == len(self.frames)
        free = sum(end - start for start, end in self.pool._holes)
        assert free + self.pool.used == self.pool.memory.capacity
        assert self.pool._holes == sorted(self.pool._holes)
        if not self.frames:
            assert self.pool._holes == [(0, self.pool.memory.capacity)]

    def teardown(self) -> None:
        self.pool.close()


TestAllocations = Allocations.TestCase
TestAllocations.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
