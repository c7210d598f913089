from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from aptl3.coco.fetch import TRIES, Absent, Stopped, fetch
from aptl3.errors import Aptl3Error, DiskFull
from tests.coco.site import Site

DATA = bytes(range(256)) * 8192  # 2 MiB: several chunks
MOST = 1 << 24


@pytest.fixture
def target(tmp_path: Path, site: Site) -> Path:
    (site.folder / "a.bin").write_bytes(DATA)
    return tmp_path / "a.bin"


def test_a_file_comes_whole_and_only_once(site: Site, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    for _ in range(2):
        fetch(f"{site.address}/a.bin", target, MOST, lambda done, whole: told.append((done, whole)))
    assert target.read_bytes() == DATA
    assert site.asked["/a.bin"] == 1
    assert told[-1] == (len(DATA), len(DATA))
    assert sorted(os.listdir(target.parent)) == ["a.bin", "site"]


def test_what_broke_off_goes_on_where_it_was(site: Site, target: Path) -> None:
    site.cut["/a.bin"] = 1_000_000
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA
    assert site.asked["/a.bin"] == 2
    assert site.sent["/a.bin"] == len(DATA)  # not a byte twice


def test_a_part_of_an_earlier_run_is_gone_on_with(site: Site, target: Path) -> None:
    target.with_name("a.bin.part").write_bytes(DATA[:700_000])
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA
    assert site.sent["/a.bin"] == len(DATA) - 700_000


def test_a_server_that_knows_no_parts_sends_it_all(site: Site, target: Path) -> None:
    site.parts = False
    target.with_name("a.bin.part").write_bytes(b"x" * 700_000)
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA


def test_a_part_that_is_none_is_thrown_away(site: Site, target: Path) -> None:
    target.with_name("a.bin.part").write_bytes(DATA + b"x")
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA


def test_a_part_that_is_whole_is_not_fetched_again(site: Site, target: Path) -> None:
    target.with_name("a.bin.part").write_bytes(DATA)
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA
    assert site.sent["/a.bin"] == 0


def test_a_server_that_tells_no_length(site: Site, target: Path) -> None:
    site.tells_length = False
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA


def test_a_servers_trouble_is_waited_for(site: Site, target: Path) -> None:
    site.failing["/a.bin"] = TRIES - 1
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA


def test_lasting_trouble_is_one_line(site: Site, target: Path) -> None:
    site.failing["/a.bin"] = TRIES
    with pytest.raises(Aptl3Error, match="503") as caught:
        fetch(f"{site.address}/a.bin", target, MOST)
    assert "\n" not in str(caught.value)
    assert not target.exists()


def test_what_is_not_there_is_not_asked_for_again(site: Site, target: Path) -> None:
    with pytest.raises(Absent, match="404"):
        fetch(f"{site.address}/b.bin", target, MOST)
    assert site.asked["/b.bin"] == 1
    assert not target.exists()


@pytest.mark.parametrize("tells", [True, False])
def test_what_is_too_large_is_refused(site: Site, target: Path, tells: bool) -> None:
    site.tells_length = tells
    with pytest.raises(Aptl3Error, match="more than 1 MiB"):
        fetch(f"{site.address}/a.bin", target, 1 << 20)
    assert not target.exists()
    assert not target.with_name("a.bin.part").exists()


def test_one_can_stop_and_go_on(site: Site, target: Path) -> None:
    stop = threading.Event()
    with pytest.raises(Stopped):
        fetch(f"{site.address}/a.bin", target, MOST, lambda _done, _whole: stop.set(), stop)
    kept = target.with_name("a.bin.part").stat().st_size
    assert 0 < kept < len(DATA)
    fetch(f"{site.address}/a.bin", target, MOST)
    assert target.read_bytes() == DATA
    assert site.asked["/a.bin"] == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a.bin", "http://[bad/a.bin", "nothing"])
def test_an_address_that_does_not_answer(site: Site, target: Path, url: str) -> None:
    with pytest.raises(Aptl3Error, match="cannot be fetched"):
        fetch(url, target, MOST)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_a_full_disk_is_named(site: Site, target: Path) -> None:
    target.with_name("a.bin.part").symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        fetch(f"{site.address}/a.bin", target, MOST)
