from __future__ import annotations

from pathlib import Path

import pytest

from aptl3.coco.downloads import Wish, fetch_all
from aptl3.errors import Aptl3Error
from tests.coco.site import Site


def wishes(site: Site, target: Path, count: int) -> list[Wish]:
    target.mkdir()
    return [Wish(f"{site.address}/{number}.jpg", target / f"{number}.jpg") for number in range(count)]


def test_many_files_come_and_what_is_absent_is_told(site: Site, tmp_path: Path) -> None:
    for number in range(0, 60, 2):
        (site.folder / f"{number}.jpg").write_bytes(b"%d" % number)
    found = {one.wish.target.name: one.absent for one in fetch_all(wishes(site, tmp_path / "to", 60), 100, threads=8)}
    assert len(found) == 60
    assert {name for name, absent in found.items() if absent is None} == {f"{n}.jpg" for n in range(0, 60, 2)}
    assert all((tmp_path / "to" / f"{n}.jpg").read_bytes() == b"%d" % n for n in range(0, 60, 2))
    assert len(list((tmp_path / "to").iterdir())) == 30


def test_trouble_ends_it_all_with_one_line(site: Site, tmp_path: Path) -> None:
    site.failing = {f"/{number}.jpg": 1000 for number in range(200)}
    with pytest.raises(Aptl3Error, match="503"):
        list(fetch_all(wishes(site, tmp_path / "to", 200), 100, threads=4))
    assert len(site.asked) < 50


def test_who_stops_listening_stops_the_fetching(site: Site, tmp_path: Path) -> None:
    for number in range(500):
        (site.folder / f"{number}.jpg").write_bytes(b"%d" % number)
    for _ in (found := fetch_all(wishes(site, tmp_path / "to", 500), 100, threads=2)):
        found.close()  # type: ignore[attr-defined]
    assert len(list((tmp_path / "to").glob("*.jpg"))) < 500


def test_nothing_wished_for(tmp_path: Path) -> None:
    assert list(fetch_all([], 100)) == []
