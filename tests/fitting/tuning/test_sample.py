"""Which files are measured: some of all, evenly; and none of the collection is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3.errors import BadArgument
from aptl3.fitting.tuning import sample
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import add_models, ingest


def files(folder: Path, count: int) -> Path:
    for number in range(count):
        place = folder / f"{number % 4}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:03}.jpg").write_bytes(b"%d" % number)
    return folder


def test_files_are_taken_from_all_folders_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files(tmp_path / "photographs", 100)
    (folder / "empty.jpg").touch()
    (folder / "notes.doc").write_text("no picture")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "1.jpg").write_bytes(b"1")
    chosen = sample.choose(None, [str(folder)])
    assert len(chosen) == 100 and chosen == sorted(chosen)
    monkeypatch.setattr(sample, "MOST", 20)
    chosen = sample.choose(None, [str(folder)])
    assert [sum(f"/{part}/" in path for path in chosen) for part in range(4)] == [5, 5, 5, 5]


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_are_told_in_one_line(tmp_path: Path, count: int) -> None:
    folder = files(tmp_path / "photographs", count)
    folder.mkdir(exist_ok=True)
    with pytest.raises(BadArgument, match="16 are needed") as caught:
        sample.choose(None, [str(folder)])
    assert "\n" not in str(caught.value)
    with pytest.raises(BadArgument, match="cannot be read"):
        sample.choose(None, [str(tmp_path / "nowhere")])


def test_what_the_library_knows_and_where_it_is_still_to_be_had(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    names = [f"{number:02}.jpg" for number in range(30)]
    for name in names[5:]:
        (folder / name).write_bytes(b"x")
    with Writer.open(tmp_path / "library") as writer:
        add_models(writer)
        ingest(writer, {name: number for number, name in enumerate(names)}, str(folder))
    with Store.open(tmp_path / "library") as store:
        assert sample.choose(store, []) == [str(folder / name) for name in names[5:]]
    with pytest.raises(BadArgument, match="known to the library"):
        sample.choose(None, [])


def test_it_is_laid_out_in_order_as_links(tmp_path: Path) -> None:
    folder = files(tmp_path / "photographs", 12)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    paths = sorted(str(path) for path in folder.rglob("*.jpg"))
    laid = sample.lay(paths, tmp_path / "laid")
    links = sorted(laid.iterdir())
    assert [os.path.realpath(link) for link in links] == paths
    assert {link.suffix for link in links} == {".jpg"}
    (laid / "gone.jpg").symlink_to(tmp_path / "nowhere")
    sample.chill(laid)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_spread() -> None:
    names = [str(number) for number in range(10)]
    assert sample.spread(names, 20) == names
    assert sample.spread(names, 5) == ["0", "2", "4", "6", "8"]
    assert sample.spread([], 5) == []
