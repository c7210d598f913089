from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aptl3.errors import Aptl3Error, DiskFull, LibraryDamaged, LibraryReadOnly
from aptl3.storage.files import Files, modes, translated


def test_bytes_land_where_they_should(tmp_path: Path) -> None:
    files, path = Files(), tmp_path / "file"
    handle = files.create(path, 0o600)
    files.write(handle, b"0123456789", 0)
    files.write(handle, memoryview(b"abc"), 8)
    files.sync(handle)
    files.sync_folder(tmp_path)
    assert files.size(handle) == 11
    files.truncate(handle, 9)
    files.close(handle)
    assert path.read_bytes() == b"01234567a"
    handle = files.open(path)
    files.write(handle, b"x", 0)
    files.close(handle)
    assert path.read_bytes() == b"x1234567a"
    files.close(files.create(path, 0o600))
    assert path.read_bytes() == b""
    files.remove(path)
    files.remove(path)
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        files.open(path)


def test_a_write_that_comes_up_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    files = Files()
    handle = files.create(tmp_path / "file", 0o600)
    files.write(handle, b"0123456789", 0)
    files.close(handle)
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.parametrize(
    ("catalog", "expected"), [(0o600, (0o700, 0o600)), (0o640, (0o750, 0o640)), (0o666, (0o770, 0o660))]
)
def test_permissions_follow_the_catalog(tmp_path: Path, catalog: int, expected: tuple[int, int]) -> None:
    path = tmp_path / "catalog"
    assert modes(path) == (0o700, 0o600)
    path.touch()
    path.chmod(catalog)
    assert modes(path) == expected
    folder_mode, mode = expected
    Files().make_folder(tmp_path / "folder", folder_mode)
    Files().make_folder(tmp_path / "folder", 0o700)  # is there already
    Files().close(Files().create(tmp_path / "folder" / "file", mode))
    assert (tmp_path / "folder").stat().st_mode & 0o777 == folder_mode
    assert (tmp_path / "folder" / "file").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EROFS, LibraryReadOnly),
        (errno.EACCES, LibraryReadOnly),
        (errno.EIO, LibraryDamaged),
    ],
)
def test_what_the_system_says_is_translated(tmp_path: Path, number: int, expected: type[Aptl3Error]) -> None:
    with pytest.raises(expected, match="library") as told, translated(tmp_path):
        raise OSError(number, os.strerror(number))
    assert "\n" not in str(told.value)
