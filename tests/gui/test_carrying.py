from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PyQt5.QtCore import QMimeData, Qt
from PyQt5.QtGui import QDrag
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui import carrying
from aptl3.gui.carrying import Carrying, mime_data
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.reading import Reader
from aptl3.storage.writer import Writer
from tests.gui.library import FOLDER, add_caption


@pytest.fixture
def grid(qtbot: QtBot, reader: Reader, ten: list[int]) -> Iterator[GridView]:
    reader.start()
    grid = GridView(Thumbnails(reader))
    qtbot.addWidget(grid)
    grid.set_media(np.array(ten))
    yield grid


@pytest.fixture
def hands(reader: Reader, grid: GridView) -> Carrying:
    return Carrying(reader, grid)


def clipboard() -> Any:
    return QApplication.clipboard()


def test_files_as_other_programs_take_them() -> None:
    data = mime_data(["/a b/ü.jpg", "/c.jpg"])
    assert [url.toLocalFile() for url in data.urls()] == ["/a b/ü.jpg", "/c.jpg"]
    assert data.text() == f"/a b/ü.jpg{os.linesep}/c.jpg"
    files = bytes(data.data("x-special/gnome-copied-files")).decode()
    assert files.split("\n") == ["copy", "file:///a%20b/%C3%BC.jpg", "file:///c.jpg"]


def test_what_is_chosen_is_copied(qtbot: QtBot, grid: GridView, hands: Carrying, ten: list[int]) -> None:
    clipboard().clear()
    hands.copy()  # nothing is chosen
    grid.go_to(ten[0])
    with qtbot.waitSignal(clipboard().dataChanged):
        hands.copy()
    assert clipboard().text() == f"{FOLDER}/000009.jpg"


def test_too_much_to_copy_is_said(
    qtbot: QtBot, grid: GridView, hands: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "MOST", 5)
    grid.select_all()
    with qtbot.waitSignal(hands.said) as told:
        hands.copy()
    assert told.args == ["Choose at most 5 files to copy them."]


def test_what_lies_in_no_file_is_said(
    qtbot: QtBot, grid: GridView, hands: Carrying, writer: Writer, ten: list[int]
) -> None:
    grid.set_media(np.array([add_caption(writer, "000001.jpg", "a dog")]))
    grid.select_all()
    with qtbot.waitSignal(hands.said) as told:
        hands.copy()
    assert "no file" in told.args[0]


@pytest.mark.parametrize("held", [True, False])
def test_a_drag_begins_when_the_button_is_still_held(
    qtbot: QtBot, grid: GridView, hands: Carrying, ten: list[int], held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[QMimeData | None] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, action: begun.append(drag.mimeData()))
    button = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: button)
    grid.go_to(ten[0])
    with qtbot.waitSignal(hands._reader.placed):
        grid.drag_wanted.emit(ten[:2])
    assert len(begun) == held
    if begun:
        assert begun[0] is not None and len(begun[0].urls()) == 2
