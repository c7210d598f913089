from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from aptl3.coco.source import CocoFolder, CocoSite, checked, source
from aptl3.errors import BadArgument, LibraryBusy
from aptl3.storage.lock import WriterLock
from tests.coco.site import Site

CAPTIONS = json.dumps({"images": [{"id": 1, "file_name": "1.jpg"}], "annotations": []})


@pytest.fixture
def unpacked(site: Site) -> Path:
    """A COCO folder, which the site serves, too."""
    for name in ("annotations", "train2017"):
        (site.folder / name).mkdir()
    (site.folder / "annotations" / "captions_train2017.json").write_text(CAPTIONS)
    (site.folder / "train2017" / "1.jpg").write_bytes(b"one")
    (site.folder / "train2017" / "2 é.jpg").write_bytes(b"two")
    return site.folder


def brought(web: CocoSite, *names: str) -> dict[str, str | None]:
    folder = web.photographs("train2017")
    return {one.wish.target.name: one.absent for one in web.bring("train2017", [str(folder / name) for name in names])}


def test_a_folder_is_taken_as_it_is(unpacked: Path, tmp_path: Path) -> None:
    coco = source(str(unpacked), tmp_path / "downloads")
    assert isinstance(coco, CocoFolder)
    assert coco.captions("train2017").read_text() == CAPTIONS
    assert coco.photographs("train2017") == unpacked / "train2017"
    assert list(coco.bring("train2017", ["1.jpg"])) == []
    assert not (tmp_path / "downloads").exists()


def test_what_a_folder_lacks_is_one_line(unpacked: Path, tmp_path: Path) -> None:
    coco = source(str(unpacked), tmp_path)
    with pytest.raises(BadArgument, match=r"captions_val2017\.json"):
        coco.captions("val2017")
    with pytest.raises(BadArgument, match="no folder val2017"):
        coco.photographs("val2017")
    with pytest.raises(BadArgument, match="no folder"):
        source(str(tmp_path / "nowhere"), tmp_path)


def test_a_site_is_fetched_into_a_folder_of_its_own(unpacked: Path, site: Site, tmp_path: Path) -> None:
    web = source(site.address + "/", tmp_path / "library" / "downloads")
    assert isinstance(web, CocoSite)
    for _ in range(2):
        assert web.captions("train2017").read_text() == CAPTIONS
        assert "404" in (brought(web, "1.jpg", "2 é.jpg", "3.jpg")["3.jpg"] or "")
    folder = tmp_path / "library" / "downloads" / f"127.0.0.1_{site.server_port}"
    assert (folder / "train2017" / "2 é.jpg").read_bytes() == b"two"
    assert site.asked["/annotations/captions_train2017.json"] == site.asked["/train2017/1.jpg"] == 1
    if os.name == "posix":
        assert (tmp_path / "library").stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o700


def test_an_archive_goes_before_single_files(unpacked: Path, site: Site, tmp_path: Path) -> None:
    with zipfile.ZipFile(unpacked / "annotations" / "annotations_trainval2017.zip", "w") as file:
        file.writestr("annotations/captions_train2017.json", "from the archive")
    web = source(site.address, tmp_path / "downloads")
    assert web.captions("train2017").read_text() == "from the archive"
    assert site.asked["/annotations/captions_train2017.json"] == 0
    with pytest.raises(BadArgument, match="no captions of test2017"):
        web.captions("test2017")


def test_a_site_without_captions_is_one_line(site: Site, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"no annotations/captions_train2017\.json \(404"):
        source(site.address, tmp_path / "downloads").captions("train2017")


def test_two_processes_do_not_fetch_into_one_folder(unpacked: Path, site: Site, tmp_path: Path) -> None:
    web = source(site.address, tmp_path / "downloads")
    assert isinstance(web, CocoSite)
    lock = WriterLock(web.photographs("train2017").parent / "lock")
    lock.acquire()
    with pytest.raises(LibraryBusy):
        web.captions("train2017")
    lock.release()
    assert web.captions("train2017").exists()


@pytest.mark.parametrize("place", ["ftp://example.org", "http://", "http://[x", "http://a:99999", "file:///coco"])
def test_no_address(place: str, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="no address on the web"):
        source(place, tmp_path)


def test_passwords_are_not_written_to_the_disk(tmp_path: Path) -> None:
    web = source("https://me:secret@example.org:8080/coco/", tmp_path)
    assert isinstance(web, CocoSite)
    assert web.cache == tmp_path / "example.org_8080_coco"


@pytest.mark.parametrize("split", ["", "../train2017", "train2017/x", "2017", "train 2017"])
def test_what_names_no_split(split: str) -> None:
    with pytest.raises(BadArgument, match="names no split"):
        checked(split)


def test_what_names_one() -> None:
    assert [checked(split) for split in ("train2017", "val2014", "mine")] == ["train2017", "val2014", "mine"]
