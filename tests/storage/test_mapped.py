from __future__ import annotations

import ctypes
import gc
import mmap
import os
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from aptl3.storage import mapped

ROWS = 8192  # of 2 KB
PAGES = 2048 * ROWS // mmap.PAGESIZE
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are where")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows"
    np.arange(512 * ROWS, dtype="<f4").tofile(path)
    with path.open("rb") as synced:
        os.fsync(synced.fileno())
    return path


def rows_of(path: Path) -> mapped.Array:
    return mapped.read_only(path, "<f4", (ROWS, 512))


def in_cache(rows: mapped.Array) -> int:
    """How many pages of the file are in memory, for whomever."""
    known = (ctypes.c_ubyte * PAGES)()
    asked = ctypes.CDLL(None).mincore(ctypes.c_void_p(rows.ctypes.data), ctypes.c_size_t(rows.nbytes), known)
    assert asked == 0
    return sum(one & 1 for one in known)


def in_process(path: Path) -> int:
    """Bytes of the file that count as this process's memory."""
    return sum(one.rss for one in psutil.Process().memory_maps() if one.path == str(path))


def test_rows_are_what_the_file_holds(file: Path) -> None:
    rows = rows_of(file)
    assert rows[5, 7] == 5 * 512 + 7 and not rows.flags.writeable
    mapped.ask_for(rows, np.array([0, ROWS - 1]))
    mapped.ask_for(rows[7:][:3], np.array([2]))
    mapped.ask_for(rows[7:], np.array([0, 5, 9]), np.array([3, 5, len(rows) - 7]))
    mapped.let_go()
    assert rows[9, 0] == 9 * 512
    with pytest.raises(ValueError, match="greater than file size"):
        mapped.read_only(file, "<f4", (ROWS + 1, 512))


def test_what_lies_in_memory_is_not_asked_for() -> None:
    mapped.ask_for(np.zeros((3, 4), np.float32), np.array([2]))


@linux
def test_the_disk_reads_what_was_asked_for_and_little_else(file: Path) -> None:
    wanted = np.arange(0, ROWS - 16, 80)
    read = []
    for asked in (False, True):  # how far the disk reads ahead without a hint is the system's affair
        rows = rows_of(file)[16:]
        with file.open("rb") as cached:
            os.posix_fadvise(cached.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if in_cache(rows):
            pytest.skip("these files stay in memory")
        if asked:
            mapped.ask_for(rows, wanted)
        assert rows[wanted][:, 0].tolist() == (512 * (wanted + 16)).tolist()
        read.append(in_cache(rows))
        del rows
        gc.collect()
    assert read[1] < read[0] / 2


@linux
def test_what_is_let_go_of_is_no_memory_of_this_process(file: Path) -> None:
    rows = rows_of(file)
    assert rows.max() == rows[-1, -1] and in_process(file) > rows.nbytes / 2  # all of it, unless memory is short
    mapped.let_go()
    assert in_process(file) == 0 and rows[-1, -1] == 512 * ROWS - 1


def test_a_map_that_no_array_needs_is_closed(file: Path) -> None:
    gc.collect()  # what others left
    before = len(mapped._maps)
    rows = rows_of(file)
    view = rows[5:]
    del rows
    gc.collect()
    assert len(mapped._maps) == before + 1 and view[0, 0] == 5 * 512
    del view
    gc.collect()
    assert len(mapped._maps) == before
