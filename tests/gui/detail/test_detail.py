"""The details beside the grid and the quick look over it, in a whole window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QLabel, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from aptl3.gui.detail import subject
from aptl3.gui.detail.pane import DetailPane
from aptl3.gui.detail.quicklook import QuickLook
from aptl3.gui.menu import context_menu
from aptl3.gui.preferences import Preferences
from aptl3.gui.searching import Engine
from aptl3.gui.window import MainWindow
from aptl3.records.relation import Caption
from aptl3.storage.writer import Writer
from tests.gui.coloured import Coloured
from tests.gui.hands import TEST, click, painted, press_keys


@pytest.fixture
def coloured(root: Path, tmp_path: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Coloured:
    coloured = Coloured(root, tmp_path / "pictures", writer)
    monkeypatch.setattr(Engine, "open", lambda _: coloured.open())
    monkeypatch.setattr(subject, "REST", 0)
    return coloured


@pytest.fixture
def window(coloured: Coloured, window: MainWindow) -> MainWindow:
    """Made after the library, which it is to search with toy models."""
    return window


@pytest.fixture
def pane(qtbot: QtBot, window: MainWindow) -> DetailPane:
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: len(window.grid.media) == 23)
    return window.finding.pane


@pytest.fixture
def look(pane: DetailPane, window: MainWindow) -> QuickLook:
    return window.finding.look


def words(pane: DetailPane) -> list[str]:
    labels = [label for label in pane.findChildren(QLabel) if label.isVisible() and label.text()]
    return [label.text().replace("\u200b", "") for label in labels]


def test_nothing_is_chosen(pane: DetailPane) -> None:
    assert "Choose a picture to read about it." in words(pane)


def test_all_about_one(qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured) -> None:
    copy = coloured.folder / "red.png"
    with coloured.writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(str(copy), "a red sheet")])
    window.grid.go_to(coloured.media["red"])
    expected = {"red.png", "40 × 30 (0.0 MP)", "a red sheet", str(copy), "colours"}
    qtbot.waitUntil(lambda: expected <= set(words(pane)))  # Qt shows a layout's new labels a moment later
    qtbot.waitUntil(lambda: len(pane.near_strip.media) == 8)
    qtbot.waitUntil(lambda: pane.picture.image is not None)
    at = pane.picture.target().center().toPoint()
    seen = painted(pane.picture).pixelColor(at)
    assert seen.red() > 200 > 60 > seen.green()


def test_a_text_shows_its_words_and_what_it_describes(
    qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured
) -> None:
    with coloured.writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(str(coloured.folder / "red.png"), "a red sheet")])
    [text] = coloured.writer.captions_of(coloured.media["red"])
    window.finding.subject.look_at(text)
    qtbot.waitUntil(lambda: "a red sheet" in words(pane))
    assert not pane.picture.isVisible()
    assert pane.described_strip.media == [coloured.media["red"]]
    pane.described_strip.findChildren(QToolButton)[0].click()
    qtbot.waitUntil(lambda: window.grid.current == coloured.media["red"])


def test_a_file_that_is_away_is_said(qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured) -> None:
    (coloured.folder / "red.png").unlink()
    window.grid.go_to(coloured.media["red"])
    qtbot.waitUntil(lambda: any("red.png cannot be read" in one for one in words(pane)))
    window.grid.go_to(coloured.media["blue"])
    qtbot.waitUntil(lambda: "blue.png" in words(pane))
    assert not any("cannot be read" in one for one in words(pane))


def test_details_are_hidden_and_that_is_remembered(
    qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured
) -> None:
    assert pane.isVisible()
    press_keys(window, "Ctrl+I")
    assert not pane.isVisible() and not window.finding.subject.surroundings
    assert not window.preferences.details
    press_keys(window, "Ctrl+I")
    assert pane.isVisible() and window.finding.subject.surroundings


def test_hidden_details_stay_hidden(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "window.ini")
    preferences.details = False
    preferences.save()
    assert not Preferences(tmp_path / "window.ini").details


def test_names_without_end_do_not_widen_it(
    qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured
) -> None:
    width = pane.width()
    with coloured.writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(str(coloured.folder / "red.png"), "x" * 3000)])
    window.grid.go_to(coloured.media["red"])
    qtbot.waitUntil(lambda: "x" * 3000 in words(pane))
    assert pane.width() == width
    inside = pane.picture.parentWidget()
    assert inside is not None and inside.width() <= width


def test_what_changes_nothing_is_not_shown_anew(
    qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured
) -> None:
    told: list[object] = []
    window.finding.subject.known.connect(told.append)
    window.grid.go_to(coloured.media["red"])
    qtbot.waitUntil(lambda: len(told) == 1)
    with qtbot.waitSignal(window.reader.detailed):
        window.finding.subject.look_again()
    assert len(told) == 1


def test_a_quick_look(qtbot: QtBot, look: QuickLook, window: MainWindow, coloured: Coloured) -> None:
    window.grid.go_to(int(window.grid.media[5]))
    press_keys(window.grid, "Space")
    assert look.isVisible() and look.geometry() == window.rect()
    press_keys(look, "Left")
    assert window.grid.position == 4
    press_keys(look, "Right", "Right")
    assert window.grid.position == 6
    window.grid.go_to(coloured.media["red"])
    qtbot.waitUntil(lambda: look.picture.image is not None and look.accessibleDescription() == "red.png")
    window.resize(1000, 650)
    assert look.geometry() == window.rect()
    press_keys(look, "Space")
    assert not look.isVisible() and window.focusWidget() is window.grid


@pytest.mark.parametrize("key", ["Esc", "Return", ""])
def test_a_quick_look_ends(look: QuickLook, window: MainWindow, coloured: Coloured, key: str) -> None:
    window.grid.go_to(coloured.media["red"])
    window.commands["look"].trigger()
    assert look.isVisible()
    if key:
        press_keys(look, key)
    else:
        click(look, QPoint(5, 5))
    assert not look.isVisible()


def test_a_click_on_the_picture_looks_closer(
    qtbot: QtBot, pane: DetailPane, look: QuickLook, window: MainWindow, coloured: Coloured
) -> None:
    window.grid.go_to(coloured.media["red"])
    qtbot.waitUntil(lambda: "red.png" in words(pane))
    click(pane.picture, pane.picture.rect().center())
    assert look.isVisible()


def test_the_context_menu(qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured) -> None:
    names = ["look", "open", "show", "path", "more", "also", "less"]
    assert not any(window.commands[name].isEnabled() for name in names)
    window.grid.go_to(coloured.media["red"])
    assert all(window.commands[name].isEnabled() for name in names)
    texts = [action.text().replace("&", "") for action in context_menu(window.commands, window.grid).actions()]
    assert [text for text in texts if text] == [
        "Quick look", "Open", "Show in folder", "More like this", "Also like this", "Less like this", "Copy files",
        "Copy path", "Details",
    ]  # fmt: skip
    window.grid.menu_wanted.emit(window.mapToGlobal(QPoint(50, 50)))
    shown = [menu for menu in window.grid.findChildren(QMenu) if menu.isVisible()]
    assert len(shown) == 1
    TEST.keyClick(shown[0], Qt.Key.Key_Escape)
    assert not shown[0].isVisible()


def test_a_library_that_goes_away(qtbot: QtBot, pane: DetailPane, window: MainWindow, coloured: Coloured) -> None:
    coloured.writer.close()
    shutil.rmtree(coloured.root)
    window.grid.go_to(coloured.media["red"])  # nothing is known of it, and nothing falls over
    qtbot.waitUntil(lambda: not window.library.browsing)
