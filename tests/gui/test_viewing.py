from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PyQt5.QtCore import QObject
from PyQt5.QtGui import QImage
from pytestqt.qtbot import QtBot

from aptl3.errors import Aptl3Error, BadArgument
from aptl3.gui import viewing
from aptl3.gui.viewing import Drawer, Viewer, drawn


def photograph(path: Path, size: tuple[int, int] = (60, 40), orientation: int = 1) -> str:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))  # its left half is red
    image.save(path, exif=exif)
    return str(path)


def test_a_picture_is_upright_and_as_large_as_wanted(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.png", (60, 40), orientation=6)
    image = drawn(path, 30)
    assert (image.width(), image.height()) == (20, 30)
    assert image.pixelColor(10, 3).red() > 200 > image.pixelColor(10, 26).red()
    assert (drawn(path, 1000).width(), drawn(path, 1000).height()) == (40, 60)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(BadArgument, match=r"a\.jpg gives no picture"):
        drawn(str(tmp_path / "a.jpg"), 30)
    with pytest.raises(BadArgument, match=r"gone\.jpg"):
        drawn(str(tmp_path / "gone.jpg"), 30)


def test_the_last_ones_are_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(place: str, edge: int) -> QImage:
        read.append(Path(place).name)
        return drawn(place, edge)

    monkeypatch.setattr(viewing, "drawn", reading)
    paths = [photograph(tmp_path / f"{name}.png") for name in "abc"]
    drawer = Drawer(room=2 * 60 * 40 * 4)
    for path in (paths[0], paths[1], paths[0], paths[2], paths[0], paths[1]):
        drawer.take([path], 60)
    assert read == ["a.png", "b.png", "c.png", "b.png"]


def test_the_first_place_that_is_there(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.png")
    assert Drawer().take([str(tmp_path / "gone.png"), path], 60).width() == 60
    with pytest.raises(BadArgument, match=r"gone\.png"):
        Drawer().take([str(tmp_path / "gone.png"), str(tmp_path / "other.png")], 60)
    with pytest.raises(BadArgument, match="no file"):
        Drawer().take([], 60)


@pytest.fixture
def viewer(qapp: QObject) -> Iterator[Viewer]:
    viewer = Viewer()
    viewer.start()
    yield viewer
    assert viewer.stop()


def test_it_comes_from_another_thread(qtbot: QtBot, viewer: Viewer, tmp_path: Path) -> None:
    images: list[QImage] = []
    errors: list[Aptl3Error] = []
    viewer.look("a", [photograph(tmp_path / "a.png")], 30, images.append, errors.append)
    viewer.look("b", [str(tmp_path / "gone.png")], 30, images.append, errors.append)
    qtbot.waitUntil(lambda: len(images) == len(errors) == 1)
    assert images[0].width() == 30
    assert "gone.png" in str(errors[0])
