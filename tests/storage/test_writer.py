from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.errors import BadArgument, DiskFull, LibraryBusy, LibraryDamaged, LibraryMissing, LibraryReadOnly
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import BLUE, FOLDER, RED, add_models, ingest, queue, result, row, thumbnail

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and limits of POSIX")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = sys.platform == "linux" and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root on Linux may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def modes(root: Path) -> set[tuple[str, int]]:
    return {(path.name, path.stat().st_mode & 0o777) for path in (root, *root.rglob("*"))}


def run(script: str, *arguments: object) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_one_writer_at_a_time_and_its_lock_goes_with_it(root: Path) -> None:
    with Writer.open(root):
        with pytest.raises(LibraryBusy, match=f"process {os.getpid()}"):
            Writer.open(root)
        with Store.open(root) as store:
            assert store.counts().media == 0
    Writer.open(root).close()


def test_a_writer_that_could_not_open_leaves_the_lock_free(root: Path) -> None:
    Writer.open(root).close()
    catalog = root / "library.sqlite3"
    data = catalog.read_bytes()
    catalog.write_bytes(b"nonsense" * 1000)
    with pytest.raises(LibraryDamaged):
        Writer.open(root)
    catalog.write_bytes(data)
    Writer.open(root).close()


@posix
def test_files_are_for_their_owner_whatever_the_umask(root: Path) -> None:
    old = os.umask(0)
    try:
        with Writer.open(root) as writer:
            add_models(writer)
            ingest(writer, {"a": 1})
            found = modes(root)
    finally:
        os.umask(old)
    assert {mode for _, mode in found} == {0o600, 0o700}
    assert {name for name, mode in found if mode == 0o700} == {
        "library",
        "vectors",
        "indexes",
        "alignments",
        "red",
        "blue",
    }


@posix
def test_who_opens_the_catalog_to_a_group_opens_what_comes_later(root: Path) -> None:
    Writer.open(root).close()
    (root / "library.sqlite3").chmod(0o640)
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {"a": 1})
    assert ("red", 0o750) in modes(root)
    assert ("000001", 0o640) in modes(root)


def test_opening_cuts_off_what_no_row_points_at(root: Path) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {"a": 1})
    segment = root / "vectors" / "red" / "000001"
    with open(segment, "ab") as file:
        file.write(b"half a ro")
    for orphan in (root / "vectors" / "red" / "000009", root / "vectors" / "stray"):
        orphan.write_bytes(b"nobody's")
    with Store.open(root) as store:  # a reader changes nothing
        assert len(store.vectors("red").segments[0][1]) == 1
    assert segment.stat().st_size == 32 + 9
    Writer.open(root).close()
    assert segment.read_bytes() == row(1)
    assert {path.name for path in (root / "vectors").rglob("*")} == {"red", "blue", "000001", "000002"}


@pytest.mark.parametrize("lost", ["a row", "the file"])
def test_opening_does_not_paper_over_lost_vectors(root: Path, lost: str) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {"a": 1, "b": 2})
    segment = root / "vectors" / "red" / "000001"
    if lost == "a row":
        os.truncate(segment, 40)
    else:
        segment.unlink()
    with pytest.raises(LibraryDamaged, match="000001"):
        Writer.open(root)
    assert segment.exists() == (lost == "a row")
    assert "000001" in verify(root)[0]


def test_segments_roll_over(writer: Writer, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.storage.vectors.SEGMENT_BYTES", 64)  # two rows of either model
    for i in range(5):
        ingest(writer, {f"{i}a": 2 * i, f"{i}b": 2 * i + 1})
    sizes = [len(rows) for _, rows in writer.vectors("red").segments]
    assert sizes == [2, 2, 2, 2, 2]
    assert writer.vectors_of("red", range(1, 11)).astype("<f2").tobytes() == b"".join(row(i) for i in range(10))
    assert verify(root) == []


def test_a_segment_begun_by_a_checkpoint_that_failed_is_no_more(
    writer: Writer, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aptl3.storage.vectors.SEGMENT_BYTES", 32)
    ingest(writer, {"a": 1})
    job, [item] = queue(writer, ["b"])
    with pytest.raises(ZeroDivisionError), writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
        _ = 1 / 0
    assert {path.name for path in (root / "vectors" / "red").iterdir()} == {"000001"}
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 3))
    assert [rows.tobytes() for _, rows in writer.vectors("red").segments] == [row(1), row(3)]
    assert verify(root) == []


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(200_000))
    root = small_disk / "library"
    with Writer.open(root) as writer:
        add_models(writer)
        job, items = queue(writer, [f"{i:04}" for i in range(1000)])
        done = 0
        with pytest.raises(DiskFull, match="free some"):
            for item in items:
                with writer.checkpoint() as checkpoint:
                    checkpoint.commit_result(result(job, item, done))
                done += 1
        assert 0 < done < len(items)
        assert writer.counts().media == done
        filler.unlink()
        assert verify(root) == []
        with writer.checkpoint() as checkpoint:
            checkpoint.commit_result(result(job, items[done], done))
        assert writer.counts().media == done + 1
    assert verify(root) == []


LIMITED = """
import resource, sys
from aptl3.errors import DiskFull
from aptl3.storage.writer import Writer
from tests.storage.samples import RED, add_models, queue, result
with Writer.open(sys.argv[1]) as writer:
    add_models(writer)
    job, items = queue(writer, ["a", "b", "c"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (70, resource.RLIM_INFINITY))
    try:
        with writer.checkpoint() as checkpoint:
            for content, item in enumerate(items):
                checkpoint.commit_result(result(job, item, content, [RED]))
    except DiskFull as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[1], 1))
"""


@posix
def test_vectors_that_do_not_fit_are_told_and_nothing_is_lost(root: Path) -> None:
    assert run(LIMITED, root).startswith("no room is left")
    with Store.open(root) as store:
        assert store.vectors("red").segments[0][1].tobytes() == row(1)
    assert verify(root) == []


READER = """
import os, sys
import mmap, numpy  # now: another user may not be allowed to read where Python lies
from aptl3.errors import Aptl3Error
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with Store.open(sys.argv[1]) as store:
        print(store.counts().media, len(store.vectors("red").segments[0][1]), end=" ")
    Writer.open(sys.argv[1])
except Aptl3Error as error:
    print(type(error).__name__)
"""


@pytest.fixture
def readable() -> Iterator[Path]:
    """A library with one media item, where other users may read and nobody but root may write."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root = Path(folder, "library")
        with Writer.open(root) as writer:
            add_models(writer)
            ingest(writer, {"a": 1})
        subprocess.run(["chmod", "-R", "a+rX,a-w", root], check=True)
        yield root
        subprocess.run(["chmod", "-R", "u+w", root], check=True)


@posix
def test_a_read_only_library_can_be_searched(readable: Path) -> None:
    before = {path: path.read_bytes() for path in readable.rglob("*") if path.is_file()}
    assert run(READER, readable) == "1 1 LibraryReadOnly"
    assert {path: path.read_bytes() for path in readable.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs a second user")
def test_another_user_reads_while_the_owner_writes(readable: Path) -> None:
    with Writer.open(readable) as writer:
        ingest(writer, {"b": 2})
        subprocess.run(["chmod", "-R", "a+rX", readable], check=True)
        assert run(READER, readable) == "2 2 LibraryReadOnly"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs a second user")
def test_a_log_that_nobody_may_replay_is_told(readable: Path) -> None:
    with Writer.open(readable) as writer:
        ingest(writer, {"b": 2})
        log = (readable / "library.sqlite3-wal").read_bytes()
        catalog = (readable / "library.sqlite3").read_bytes()
    (readable / "library.sqlite3").write_bytes(catalog)
    (readable / "library.sqlite3-wal").write_bytes(log)
    assert run(READER, readable) == "LibraryReadOnly"


def test_readers_change_no_file(root: Path) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {"a": 1, "b": 2})

    def state() -> dict[str, tuple[int, bytes]]:
        files = [path for path in root.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    with Store.open(root) as store:
        store.vectors_of("red", [1, 2])
        store.models()
        assert store.thumbnail(1) == thumbnail(1)
    assert verify(root) == []
    assert state() == before


@posix
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(LibraryReadOnly, match="library"):
        Writer.open(tmp_path)


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadArgument, match="not a folder"):
        Writer.open(tmp_path / "file")
    with pytest.raises(LibraryMissing):
        Store.open(tmp_path / "file")


def test_names_of_models_that_are_no_names_of_files(root: Path) -> None:
    from dataclasses import replace

    odd = replace(RED, name="../a/b:c")
    with Writer.open(root) as writer:
        with writer.checkpoint() as checkpoint:
            checkpoint.add_model(odd, "", b"")
            checkpoint.add_model(BLUE, "", b"")
        job, [item] = queue(writer, ["a"])
        with writer.checkpoint() as checkpoint:
            checkpoint.commit_result(replace(result(job, item, 1), vectors={odd.name: row(1)}))
    with Store.open(root) as store:
        assert store.vectors(odd.name).segments[0][1].tobytes() == row(1)
        assert store.locations(1)[0].path == f"{FOLDER}/a"
    assert {path.parent.parent for path in root.parent.rglob("000001")} == {root / "vectors"}
