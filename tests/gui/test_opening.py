from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt5.QtCore import QObject, QUrl, pyqtSlot
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.opening import MOST, Opening
from aptl3.gui.reading import Reader
from aptl3.gui.viewing import Viewer
from aptl3.storage.writer import Writer
from tests.gui.coloured import Coloured
from tests.gui.hands import press_keys


class Desktop(QObject):
    """Opens what is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @pyqtSlot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def desktop(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "open")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    yield desktop
    QDesktopServices.unsetUrlHandler("file")


@pytest.fixture
def coloured(root: Path, tmp_path: Path, writer: Writer) -> Coloured:
    return Coloured(root, tmp_path / "pictures", writer)


@pytest.fixture
def grid(qtbot: QtBot, reader: Reader, coloured: Coloured) -> GridView:
    reader.start()
    grid = GridView(Thumbnails(reader))
    qtbot.addWidget(grid)
    grid.set_media(np.array(list(coloured.media.values())))
    return grid


@pytest.fixture
def hands(reader: Reader, grid: GridView, desktop: Desktop) -> Iterator[Opening]:
    viewer = Viewer()
    viewer.start()
    yield Opening(reader, viewer, grid)
    assert viewer.stop()


def do(hands: Opening, name: str) -> None:
    [command] = [one for one in hands.commands() if one.name == name]
    command.do()


def test_enter_opens(qtbot: QtBot, hands: Opening, grid: GridView, coloured: Coloured, desktop: Desktop) -> None:
    grid.go_to(coloured.media["red"])
    press_keys(grid, "Return")
    qtbot.waitUntil(lambda: desktop.opened == [str(coloured.folder / "red.png")])


def test_what_is_chosen_is_opened_unless_it_is_much(
    qtbot: QtBot, hands: Opening, grid: GridView, coloured: Coloured, desktop: Desktop
) -> None:
    do(hands, "open")  # nothing is chosen
    grid.select_all()
    with qtbot.waitSignal(hands.said) as said:
        do(hands, "open")
    assert said.args == [f"Choose at most {MOST} files to open them."]
    grid.go_to(coloured.media["blue"])
    do(hands, "open")
    qtbot.waitUntil(lambda: desktop.opened == [str(coloured.folder / "blue.png")])


def test_a_file_that_is_away(qtbot: QtBot, hands: Opening, coloured: Coloured, desktop: Desktop) -> None:
    (coloured.folder / "red.png").unlink()
    with qtbot.waitSignal(hands.said) as said:
        hands.open([coloured.media["red"]])
    assert said.args == [f"{coloured.folder / 'red.png'} is not there. Is its drive connected?"]
    assert desktop.opened == []


def test_without_a_file_manager_the_folder_is_opened(
    qtbot: QtBot, hands: Opening, grid: GridView, coloured: Coloured, desktop: Desktop
) -> None:
    grid.go_to(coloured.media["red"])
    do(hands, "show")
    qtbot.waitUntil(lambda: desktop.opened == [str(coloured.folder)])


@pytest.mark.parametrize(("platform", "program"), [("win32", "explorer.exe"), ("darwin", "open")])
def test_the_file_managers_of_other_platforms(
    hands: Opening, monkeypatch: pytest.MonkeyPatch, platform: str, program: str
) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("aptl3.gui.opening.sys.platform", platform)
    monkeypatch.setattr("aptl3.gui.opening.QProcess.startDetached", lambda name, given: started.append((name, given)))
    hands.show_paths(["/a b/c.jpg"])
    assert started[0][0] == program and started[0][1][-1] == "/a b/c.jpg"


def test_paths_are_copied(qtbot: QtBot, hands: Opening, grid: GridView, coloured: Coloured) -> None:
    clipboard: Any = QApplication.clipboard()
    clipboard.clear()
    grid.set_media(np.array([coloured.media["blue"], coloured.media["red"]]))
    grid.select_all()
    with qtbot.waitSignal(clipboard.dataChanged):
        do(hands, "path")
    assert clipboard.text().split(os.linesep) == [str(coloured.folder / name) for name in ("blue.png", "red.png")]
