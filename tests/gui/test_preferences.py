from __future__ import annotations

from pathlib import Path

import pytest
from PyQt5.QtCore import QByteArray

from aptl3.gui.preferences import TILE, TILES, Preferences
from aptl3.gui.theme import Choice


def test_what_is_set_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "window.ini"
    preferences = Preferences(path)
    preferences.theme, preferences.tile, preferences.whole = Choice.DARK, 128, True
    preferences.keep_state("window", QByteArray(b"\x00\x01 where"))
    preferences.save()
    again = Preferences(path)
    assert (again.theme, again.tile, again.whole) == (Choice.DARK, 128, True)
    assert bytes(again.state("window")) == b"\x00\x01 where"


def test_defaults(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "window.ini")
    assert (preferences.theme, preferences.tile, preferences.whole) == (Choice.SYSTEM, TILE, False)
    assert preferences.state("window").isEmpty()


@pytest.mark.parametrize(
    ("line", "tile"),
    [
        ("tile=huge", TILE),
        ("tile=", TILE),
        ("tile=100000", TILES.stop - 1),
        ("tile=-3", TILES.start),
        ("tile=1, 2", TILE),
    ],
)
def test_what_somebody_spoiled_is_not_heeded(tmp_path: Path, line: str, tile: int) -> None:
    path = tmp_path / "window.ini"
    path.write_text(f"[General]\n{line}\ntheme=pink\nwhole=perhaps\n[state]\nwindow=7\n")
    preferences = Preferences(path)
    assert (preferences.tile, preferences.theme, preferences.whole) == (tile, Choice.SYSTEM, False)
    assert preferences.state("window").isEmpty()


def test_a_file_that_is_no_ini(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(bytes(range(256)) * 10)
    assert Preferences(path).tile == TILE
