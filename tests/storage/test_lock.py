from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aptl3.errors import Aptl3Error, LibraryBusy
from aptl3.storage.lock import WriterLock

HOLD = """
import sys
from pathlib import Path
from aptl3.storage.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file may grow, as on a full disk
"""


def holder(path: Path, before: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", before + HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_holder_named_and_freed_by_its_death(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    with holder(path) as process:
        lock = WriterLock(path)
        with pytest.raises(LibraryBusy, match=f"process {process.pid}"):
            lock.acquire()
        process.kill()
        lock.acquire(deadline=20)  # the system frees it with the process
    assert lock.owner() == os.getpid()
    lock.release()
    assert path.exists()


def test_a_waiter_gets_it_when_the_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    with holder(path) as process:
        assert process.stdin is not None
        process.stdin.close()
        lock = WriterLock(path)
        lock.acquire(deadline=20)
        lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")
def test_a_full_disk_does_not_keep_it_from_being_taken(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    path.write_text("1")
    with holder(path, FULL) as process:
        with pytest.raises(LibraryBusy, match="another process"):
            WriterLock(path).acquire()
        process.kill()


def test_a_look_whether_it_is_held_notes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    assert not WriterLock(path).held()
    assert not path.exists()
    with holder(path) as process:
        assert WriterLock(path).held()
        process.kill()
    assert not WriterLock(path).held()
    assert WriterLock(path).owner() == process.pid


def test_an_id_that_makes_no_sense_is_no_owner(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "writer.lock")
    assert lock.owner() is None
    (tmp_path / "writer.lock").write_bytes(b"\xff?")
    assert lock.owner() is None
    lock.acquire()
    with pytest.raises(LibraryBusy):
        WriterLock(tmp_path / "writer.lock").acquire(deadline=0.05)
    lock.release()


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    with pytest.raises(Aptl3Error, match="library"):
        WriterLock(tmp_path).acquire()
