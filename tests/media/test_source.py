"""Folders and files: what is listed, what is refused, and that a file is read whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from aptl3.errors import MediaError
from aptl3.media import source
from aptl3.media.source import content_hash, list_folder, read_into
from aptl3.records.failure import Reason
from aptl3.records.media import DATA, Entry, FileState, join
from tests.bad_input import make_bad_folder, make_good_odd_folder

_STEMS = st.binary(min_size=1, max_size=40).filter(lambda stem: stem[0] != ord(".") and not set(stem) & set(b"/\0"))
_SUFFIXES = st.sampled_from([".jpg", ".JPEG", ".png", ".TIFF", ".webp", ".txt", ".jpg.part", ""])


def read(path: str, state: FileState) -> bytes:
    buffer = bytearray(state.size + 7)
    size = read_into(path, memoryview(buffer), state)
    assert buffer[size:] == bytes(7)
    return bytes(buffer[:size])


def state_of(path: str | Path) -> FileState:
    status = os.stat(path)
    return FileState(status.st_size, status.st_mtime_ns)


def reason_of(path: str | Path, expected: FileState) -> Reason:
    with pytest.raises(MediaError) as refused:
        read_into(os.fspath(path), memoryview(bytearray(expected.size)), expected)
    return refused.value.reason


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file systems choose what a name may be")
@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.tuples(_STEMS, _SUFFIXES), st.binary(max_size=300), max_size=12))
def test_any_names_are_listed_in_order_and_read_as_they_are(files: dict[tuple[bytes, str], bytes]) -> None:
    written = {stem + suffix.encode(): data for (stem, suffix), data in files.items()}
    endings = (b".jpg", b".jpeg", b".png", b".tiff", b".webp", b".txt")
    wanted = {os.fsdecode(name): data for name, data in written.items() if name.lower().endswith(endings)}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in written.items():
            with open(os.path.join(os.fsencode(folder), name), "wb") as file:
                file.write(data)
        listing = list_folder(folder)
        listed = [entry.name for entry in listing.files]
        assert (listing.folder, listing.subfolders, listing.refused) == (folder, (), ())
        assert listed == sorted(wanted, key=os.fsencode)
        for entry in listing.files:
            if wanted[entry.name]:
                assert read(os.path.join(folder, entry.name), entry.state) == wanted[entry.name]


@given(st.text(min_size=1, max_size=300))
def test_a_text_that_is_its_own_place_is_listed_and_read_like_a_file(text: str) -> None:
    place = DATA + quote(text, safe="")
    (entry,) = list_folder(place).files
    assert join(DATA, entry.name) == place
    assert entry.state == FileState(len(text.encode()), 0)
    assert read(place, entry.state) == text.encode()


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_equal_bytes_and_only_they_share_a_hash(one: bytes, other: bytes) -> None:
    assert len(content_hash(one)) == 16
    assert content_hash(memoryview(bytearray(one))) == content_hash(one)
    assert (content_hash(one) == content_hash(other)) == (one == other)


def test_the_hash_is_xxh3_128_big_endian() -> None:
    assert content_hash(b"").hex() == "99aa06d3014798d86001c324468d497f"  # xxHash's own published value
    assert int.from_bytes(content_hash(b"aptl3"), "big") == xxhash.xxh3_128_intdigest(b"aptl3")


def test_bad_entries_are_refused_by_name_and_nothing_hangs(tmp_path: Path) -> None:
    expected = make_bad_folder(tmp_path)
    (tmp_path / "folder.jpg").mkdir()
    listing = list_folder(str(tmp_path))
    special = {name: reason for name, reason in expected.items() if reason in (Reason.NOT_A_FILE, Reason.UNREADABLE)}
    special.pop("locked.jpg", None)  # shows only when it is opened
    assert {name: reason for name, reason, _ in listing.refused} == special
    assert all(text for _, _, text in listing.refused)
    assert {entry.name for entry in listing.files} == set(expected) - set(special)
    assert listing.subfolders == ("folder.jpg",)  # the loop of folders, a link, is not followed


def test_files_that_become_pipes_or_folders_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    state = state_of(path)
    path.unlink()
    path.mkdir()
    assert reason_of(path, state) is Reason.NOT_A_FILE
    if hasattr(os, "mkfifo"):
        path.rmdir()
        os.mkfifo(path)
        assert reason_of(path, state) is Reason.NOT_A_FILE


def test_a_pipe_that_comes_between_looking_and_opening_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this platform has no named pipes in folders")
    path, regular = tmp_path / "a.jpg", tmp_path / "b.jpg"
    os.mkfifo(path)
    regular.write_bytes(b"x")
    looked = os.stat(regular)
    monkeypatch.setattr(os, "stat", lambda *_: looked)
    with pytest.raises(MediaError) as refused:
        read_into(str(path), memoryview(bytearray(1)), FileState(1, looked.st_mtime_ns))
    assert refused.value.reason is Reason.NOT_A_FILE


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"0123456789")
    state = state_of(path)
    assert read(str(path), state) == b"0123456789"
    assert reason_of(path, FileState(9, state.mtime_ns)) is Reason.CHANGED
    assert reason_of(path, FileState(10, state.mtime_ns - 1)) is Reason.CHANGED


@pytest.mark.parametrize("written", [b"", b"shorter", b"something longer than it was"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bytes
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"0123456789")
    state, fill = state_of(path), source._fill

    def interrupted(descriptor: int, buffer: memoryview) -> int:
        path.write_bytes(written)
        os.utime(path, ns=(0, state.mtime_ns + 1))
        return fill(descriptor, buffer)

    monkeypatch.setattr(source, "_fill", interrupted)
    assert reason_of(path, state) is Reason.CHANGED


def test_a_file_that_ends_early_is_refused_even_if_nothing_else_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"0123456789")
    monkeypatch.setattr(source, "_check", lambda *_: None)
    assert reason_of(path, FileState(11, 0)) is Reason.CHANGED


def test_what_is_gone_is_told_apart_from_what_may_not_be_read(tmp_path: Path) -> None:
    state = FileState(1, 1)
    assert reason_of(tmp_path / "gone.jpg", state) is Reason.VANISHED
    (tmp_path / "file").write_bytes(b"x")
    assert reason_of(tmp_path / "file" / "below.jpg", state) is Reason.VANISHED
    assert reason_of(tmp_path / ("long" * 100 + ".jpg"), state) is Reason.UNREADABLE
    assert reason_of(tmp_path / "drive" / "photo.jpg", state) is Reason.UNREADABLE  # it may come back
    with pytest.raises(MediaError) as refused:
        list_folder(str(tmp_path / "gone"))
    assert refused.value.reason is Reason.VANISHED


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_folders_and_files_without_permission_are_unreadable(tmp_path: Path) -> None:
    folder, path = tmp_path / "closed", tmp_path / "closed.jpg"
    folder.mkdir(mode=0)
    path.write_bytes(b"x")
    state = state_of(path)
    path.chmod(0)
    assert reason_of(path, state) is Reason.UNREADABLE
    with pytest.raises(MediaError) as refused:
        list_folder(str(folder))
    assert refused.value.reason is Reason.UNREADABLE


def test_an_empty_file_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    assert reason_of(path, state_of(path)) is Reason.EMPTY


def test_a_file_asked_for_by_its_path_is_a_listing_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "no suffix"
    path.write_bytes(b"x")
    (tmp_path / "neighbour.jpg").write_bytes(b"y")
    listing = list_folder(str(path))
    assert listing.folder == str(tmp_path)
    assert listing.files == (Entry("no suffix", state_of(path)),)


def test_links_to_files_are_followed_and_companions_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "._a.jpg").write_bytes(b"y")
    if sys.platform != "win32":
        (tmp_path / "b.jpg").symlink_to("a.jpg")
        assert [entry.name for entry in list_folder(str(tmp_path)).files] == ["a.jpg", "b.jpg"]
    else:
        assert [entry.name for entry in list_folder(str(tmp_path)).files] == ["a.jpg"]


def test_odd_names_are_listed(tmp_path: Path) -> None:
    names = make_good_odd_folder(tmp_path)
    listing = list_folder(str(tmp_path))
    assert [entry.name for entry in listing.files] == sorted(names, key=os.fsencode)
    assert listing.refused == ()


def test_listing_and_reading_import_no_image_library() -> None:
    code = "import sys, aptl3.media.source as s; s.list_folder('.'); print({'numpy','cv2','PIL'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
