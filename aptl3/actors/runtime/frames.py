"""Shared memory without a name, and the supervisor's allocator of frames in it.

Guarantees: the memory is in no file system's listing and goes with the last process that maps it, also when all are
killed at once. Only the supervisor allocates and frees, so a worker that dies can leak nothing. Every frame carries a
generation that is never used again: freeing a frame twice, or an old one, raises instead of freeing another's.

The capacity is address space and may be generous; the budget is what may be in use. Frames lie at the lowest address
that fits, those that are given back soon at the highest, so that the same pages are touched again and again.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.context import assert_spawning
from pathlib import Path
from typing import Any, NamedTuple

# A frame of this size is rare (a panorama); keeping its pages for the next such would hold memory for nothing, while
# giving back the pages of common photographs would cost a fault for each of them with every photograph.
RELEASED_FROM = 16 << 20  # bytes


class Frame(NamedTuple):
    """A place in the shared memory; offset and size in bytes. ``generation`` is unique within its pool."""

    offset: int
    size: int
    generation: int


class FrameMemory:
    """The mapping itself. Can be pickled while a process is being spawned, and at no other time.

    Linux: a memfd, sparse. Other POSIX systems: a temporary file that is unlinked at once, sparse. Windows: a mapping
    of the paging file under a random name that exists as long as a process holds it; its capacity is committed at
    once, so there it should be little more than the budget.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._handle: int | str = _create(capacity)
        self._map = _map(self._handle, capacity)
        self._whole = memoryview(self._map)

    def view(self, frame: Frame) -> memoryview:
        """The frame's bytes, writable. IndexError when it lies outside the memory."""
        end = frame.offset + frame.size
        if frame.offset < 0 or frame.size < 0 or end > self.capacity:
            raise IndexError(f"{frame} lies outside {self.capacity} bytes of memory")
        return self._whole[frame.offset : end]

    def release(self, offset: int, size: int) -> None:
        """Gives whole pages back to the system, where it takes them. Their content is lost."""
        if sys.platform == "linux" and size:
            with suppress(OSError):  # a kernel that can't only keeps the pages
                self._map.madvise(mmap.MADV_REMOVE, offset, size)

    def close(self) -> None:
        """Lets go of the memory. Views that are still held keep it mapped until they are gone."""
        with suppress(BufferError):
            self._whole.release()
            self._map.close()
        if isinstance(self._handle, int) and self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __getstate__(self) -> tuple[int, Any]:
        assert_spawning(self)
        handle = reduction.DupFd(self._handle) if isinstance(self._handle, int) else self._handle
        return self.capacity, handle

    def __setstate__(self, state: tuple[int, Any]) -> None:
        self.capacity, handle = state
        self._handle = handle if isinstance(handle, str) else handle.detach()
        self._map = _map(self._handle, self.capacity)
        self._whole = memoryview(self._map)
        if isinstance(self._handle, int):
            os.close(self._handle)  # the mapping keeps the memory
            self._handle = -1


def _create(capacity: int) -> int | str:
    if sys.platform == "win32":
        return f"aptl3-{secrets.token_hex(16)}"
    if hasattr(os, "memfd_create"):
        handle: int = os.memfd_create("aptl3-frames")
    else:
        handle, path = tempfile.mkstemp(prefix="aptl3-")
        Path(path).unlink()
    os.ftruncate(handle, capacity)
    return handle


def _map(handle: int | str, capacity: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, capacity, tagname=str(handle))
    return mmap.mmap(int(handle), capacity)


class FramePool:
    """The allocator; belongs to the supervisor's process. ``capacity`` and ``budget`` in bytes.

    ``used`` never passes ``budget``, except for one item that is bigger than the budget and is then there alone.
    Sizes are rounded up to whole pages.
    """

    def __init__(self, capacity: int, budget: int) -> None:
        if not 0 < budget <= capacity:
            raise ValueError(f"the budget ({budget}) must be positive and no more than the capacity ({capacity})")
        self.budget = budget
        self.memory = FrameMemory(_pages(capacity))
        self.used = 0  # bytes, in whole pages
        self._holes = [(0, self.memory.capacity)]  # (start, end), in order, never adjacent
        self._frames: dict[int, Frame] = {}  # by generation
        self._generation = 0
        self._touched = False  # since pages were given back

    @property
    def in_use(self) -> int:
        """Number of frames that are allocated."""
        return len(self._frames)

    def allocate(self, size: int) -> Frame | None:
        """A frame of ``size`` bytes, its content undefined; None while the budget or the room is used up.

        An item should have all that it will need at once: two items could wait for each other's second frame.
        ValueError when it could never be had: a negative size, or more than the capacity.
        """
        return self._place(size, soon=False) if self._has_room(size) else None

    def allocate_pair(self, size: int, soon: int) -> tuple[Frame, Frame] | None:
        """As ``allocate``, two at once: the second, of ``soon`` bytes, is given back before the first."""
        if not self._has_room(size, soon):
            return None
        first = self._place(size, soon=False)
        if first is None:
            return None
        second = self._place(soon, soon=True)
        if second is None:
            self.free(first)
            return None
        return first, second

    def free(self, frame: Frame) -> None:
        """Takes a frame back. KeyError when it was freed before or is of another generation."""
        if self._frames.get(frame.generation) != frame:
            raise KeyError(f"{frame} is not in use")
        del self._frames[frame.generation]
        size = _pages(frame.size)
        self.used -= size
        self._fill_hole(frame.offset, frame.offset + size)
        if size >= RELEASED_FROM:
            self.memory.release(frame.offset, size)

    def trim(self) -> None:
        """Gives all pages that are in no frame back to the system; for when nothing is to come for a while."""
        if self._touched:
            self._touched = bool(self._frames)
            for start, end in self._holes:
                self.memory.release(start, end - start)

    def close(self) -> None:
        self.memory.close()

    def beside(self, size: int) -> int:
        """Bytes that a frame may have beside one of ``size``, at most."""
        return self.memory.capacity - _pages(size)

    def _has_room(self, *sizes: int) -> bool:
        """Whether the budget allows frames of these sizes together."""
        needed = sum(map(_pages, sizes))
        if min(sizes) < 0 or needed > self.memory.capacity:
            raise ValueError(f"no frames of {sizes} bytes in {self.memory.capacity} bytes of memory")
        return not self.used or self.used + needed <= self.budget

    def _place(self, size: int, *, soon: bool) -> Frame | None:
        needed = _pages(size)
        fitting = (index for index, (start, end) in enumerate(self._holes) if end - start >= needed)
        index = max(fitting, default=None) if soon else next(fitting, None)
        if index is None:
            return None
        start, end = self._holes[index]
        offset = end - needed if soon else start
        left = [(start, offset)] if soon else [(start + needed, end)]
        self._holes[index : index + 1] = left if end - start > needed else []
        self._generation += 1
        self._touched = True
        frame = Frame(offset, size, self._generation)
        self._frames[frame.generation] = frame
        self.used += needed
        return frame

    def _fill_hole(self, start: int, end: int) -> None:
        index = next((i for i, hole in enumerate(self._holes) if hole[0] > start), len(self._holes))
        if index < len(self._holes) and self._holes[index][0] == end:
            end = self._holes.pop(index)[1]
        if index and self._holes[index - 1][1] == start:
            index -= 1
            start = self._holes.pop(index)[0]
        self._holes.insert(index, (start, end))


def _pages(size: int) -> int:
    """``size`` rounded up to whole pages; an empty frame has one too, so that no two frames share an offset."""
    return -(-max(size, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
