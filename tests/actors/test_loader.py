"""Listing in pages and reading into frames, on real folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import xxhash

from aptl3.actors.loader import Loader
from aptl3.actors.messages import Load, Loaded, Scan, Scanned
from aptl3.actors.page import Kind, Page
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import Refused
from aptl3.records.media import Entry, FileState, Products, Wanted
from aptl3.storage.writer import Writer

WANTED = Wanted(image=Products(("efficientnet-lite0",), thumbnail=True))


class Stand:
    """A loader of an empty library with its frames."""

    def __init__(self, root: Path) -> None:
        Writer.open(root).close()
        self.pool = FramePool(8 << 20, 8 << 20)
        self.loader = Loader(root, memory=self.pool.memory)

    def pages(self, folder: Path, room: int = 1 << 16) -> list[Page]:
        found: list[Page] = []
        after: str | None = None
        while not found or after is not None:
            frame = self.pool.allocate(room)
            assert frame is not None
            (answer,) = self.loader.run([Scan(os.fspath(folder), after, WANTED, frame)])
            assert isinstance(answer, Scanned), answer
            found.append(Page.decode(self.pool.memory.view(frame)[: answer.used]))
            after = found[-1].after
            self.pool.free(frame)
        return found


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path / "library")
    yield made
    made.loader.close()
    made.pool.close()


def test_a_large_folder_comes_in_pages_and_each_file_once(stand: Stand, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    names = sorted(f"{number:05}.jpg" for number in range(3000))
    for name in names:
        (folder / name).touch()
    pages = stand.pages(folder)
    assert len(pages) > 1
    assert [entry.name for page in pages for entry in page.queue] == names


def test_a_listing_goes_on_behind_a_name_in_a_new_process(stand: Stand, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / name).touch()
    frame = stand.pool.allocate(1 << 16)
    assert frame is not None
    (answer,) = stand.loader.run([Scan(os.fspath(folder), "a.jpg", WANTED, frame)])
    assert isinstance(answer, Scanned)
    page = Page.decode(stand.pool.memory.view(frame)[: answer.used])
    assert [entry.name for entry in page.queue] == ["b.jpg", "c.jpg"]


def test_hidden_files_and_folders_are_left_out_unless_they_are_named(stand: Stand, tmp_path: Path) -> None:
    folder = tmp_path / ".hidden"
    (folder / ".thumbnails").mkdir(parents=True)
    (folder / "shown").mkdir()
    for name in (".cache.jpg", "photo.jpg"):
        (folder / name).touch()
    (page,) = stand.pages(folder)
    assert [entry.name for entry in page.queue] == ["photo.jpg"]
    assert page.names(Kind.FOLDER) == ["shown"]
    (page,) = stand.pages(folder / ".cache.jpg")
    assert [entry.name for entry in page.queue] == [".cache.jpg"]


def test_a_file_is_read_and_hashed_or_refused(stand: Stand, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"bytes of a photograph")
    status = path.stat()
    frame = stand.pool.allocate(status.st_size)
    assert frame is not None

    def load(name: str, state: FileState) -> Loaded | Scanned | Refused:
        (answer,) = stand.loader.run([Load(os.fspath(tmp_path), Entry(name, state), frame)])
        return answer

    state = FileState(status.st_size, status.st_mtime_ns)
    assert load("photo.jpg", state) == Loaded(21, xxhash.xxh3_128_digest(b"bytes of a photograph"))
    assert bytes(stand.pool.memory.view(frame)) == b"bytes of a photograph"
    gone = load("gone.jpg", state)
    changed = load("photo.jpg", FileState(state.size, state.mtime_ns - 1))
    assert isinstance(gone, Refused)
    assert isinstance(changed, Refused)
    assert (gone.reason, changed.reason) == ("vanished", "changed")


def test_a_text_that_lies_in_no_file_is_queued_and_read(stand: Stand) -> None:
    frame = stand.pool.allocate(1 << 16)
    assert frame is not None
    (answer,) = stand.loader.run([Scan("data:,a%20dog", None, WANTED, frame)])
    assert isinstance(answer, Scanned)
    page = Page.decode(stand.pool.memory.view(frame)[: answer.used])
    (entry,) = page.queue
    assert (page.folder, entry) == ("data:,", Entry("a%20dog", FileState(5, 0)))
    file = stand.pool.allocate(entry.state.size)
    assert file is not None
    (loaded,) = stand.loader.run([Load(page.folder, entry, file)])
    assert loaded == Loaded(5, xxhash.xxh3_128_digest(b"a dog"))
