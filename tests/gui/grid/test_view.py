from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PyQt5.QtCore import QEvent, QPoint, Qt
from PyQt5.QtGui import QColor, QHelpEvent, QImage
from PyQt5.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from aptl3.gui import theme
from aptl3.gui.grid import tile
from aptl3.gui.grid.face import Cut
from aptl3.gui.grid.geometry import MARGIN
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.preferences import TILE, TILES
from aptl3.gui.reading import Reader
from aptl3.storage.writer import Writer
from tests.gui import hands
from tests.gui.hands import CONTROL, LEFT, NO, RIGHT, SHIFT, TEST, move, painted, press_keys, wheel
from tests.gui.library import add, add_caption, jpeg


@pytest.fixture
def grid(qtbot: QtBot, reader: Reader, theme: theme.Theme) -> Iterator[GridView]:
    """Three rows of four tiles are in sight, and a part of the next."""
    reader.start()
    grid = GridView(Thumbnails(reader))
    qtbot.addWidget(grid)
    grid.resize(4 * 186 + 2 * MARGIN + 20, 3 * 190 + MARGIN)
    grid.show()
    QApplication.setActiveWindow(grid)
    grid.setFocus()
    yield grid


def show(grid: GridView, count: int, likely: int | None = None) -> None:
    """Media 1, 2, 3 …, of which the library need not know."""
    grid.set_media(np.arange(1, count + 1), likely)
    assert grid._geometry.columns == 4


def middle(grid: GridView, media: int) -> QPoint:
    return grid.tile_rect(media).center()


def click(grid: GridView, media: int, modifiers: Qt.KeyboardModifier = NO, button: Qt.MouseButton = LEFT) -> None:
    hands.click(grid._port, middle(grid, media), modifiers, button)


def top(grid: GridView) -> int:
    return grid._bar.value()


# Choosing


def test_clicks(grid: GridView) -> None:
    show(grid, 10)
    click(grid, 2)
    assert (grid.selected(), grid.current) == ([2], 2)
    click(grid, 5, SHIFT)
    assert grid.selected() == [2, 3, 4, 5]
    click(grid, 3, CONTROL)
    assert grid.selected() == [2, 4, 5]
    click(grid, 4)
    assert grid.selected() == [4]
    hands.click(grid._port, QPoint(2, 2))
    assert (grid.selected(), grid.selected_count) == ([], 0)


def test_a_click_on_one_of_many_chooses_it_when_the_button_is_let_go(grid: GridView) -> None:
    show(grid, 10)
    grid.select_all()
    TEST.mousePress(grid._port, LEFT, NO, middle(grid, 3))
    assert grid.selected_count == 10
    TEST.mouseRelease(grid._port, LEFT, NO, middle(grid, 3))
    assert grid.selected() == [3]


@pytest.mark.parametrize(
    ("keys", "chosen", "current"),
    [
        (["Right"], [1], 1),
        (["Right", "Right"], [2], 2),
        (["Down", "Down"], [5], 5),
        (["Down", "Right", "Down", "Left", "Up"], [1], 1),
        (["Right", "Left", "Left"], [1], 1),
        (["End"], [30], 30),
        (["End", "Home"], [1], 1),
        (["Down", "PgDown"], [13], 13),
        (["End", "PgUp"], [18], 18),
        (["Right", "Shift+Right", "Shift+Right"], [1, 2, 3], 3),
        (["Right", "Shift+Down"], [1, 2, 3, 4, 5], 5),
        (["Right", "Ctrl+Right", "Ctrl+Right"], [1], 3),
        (["Right", "Ctrl+Right", "Ctrl+Right", "Ctrl+Space"], [1, 3], 3),
        (["Ctrl+A"], list(range(1, 31)), 1),
        (["Ctrl+A", "Esc"], [], 1),
    ],
)
def test_keys(grid: GridView, keys: list[str], chosen: list[int], current: int) -> None:
    show(grid, 30)
    press_keys(grid, *keys)
    assert (grid.selected(), grid.current) == (chosen, current)


def test_the_keyboard_begins_where_one_looks(grid: GridView) -> None:
    show(grid, 1000)
    grid._bar.setValue(grid._bar.maximum() // 2)
    press_keys(grid, "Right")
    assert grid.current is not None
    assert grid._port.rect().intersects(grid.tile_rect(grid.current))


def test_enter_and_space(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 10)
    for signal in (grid.activated, grid.looked):
        with qtbot.assertNotEmitted(signal):
            press_keys(grid, "Return")
            press_keys(grid, "Space")
    grid.go_to(4)
    with qtbot.waitSignal(grid.activated) as told:
        press_keys(grid, "Return")
    assert told.args == [4]
    with qtbot.waitSignal(grid.looked) as told:
        press_keys(grid, "Space")
    assert told.args == [4]
    with qtbot.waitSignal(grid.activated) as told:
        TEST.mouseDClick(grid._port, LEFT, NO, middle(grid, 6))
    assert told.args == [6]


def test_an_empty_grid_takes_every_key(grid: GridView) -> None:
    grid.set_empty("Nothing found", "Try other words.")
    grid.set_media(np.empty(0, np.int64))
    press_keys(grid, "Right", "End", "PgDown", "Ctrl+A", "Space", "Return", "Esc")
    assert (grid.selected(), grid.current) == ([], None)


def test_what_is_chosen_is_told_and_said(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 10)
    with qtbot.waitSignal(grid.selection_changed):
        click(grid, 2)
    assert grid.accessibleDescription().endswith("2 of 10, 1 chosen")
    assert grid.accessibleName() == "Pictures"


def test_no_list_of_a_million(grid: GridView) -> None:
    show(grid, 1_000_000)
    grid.select_all()
    assert (grid.selected_count, len(grid.selected()), grid.selected(3)) == (1_000_000, 10_000, [1, 2, 3])


# Place


def test_the_keyboard_takes_the_window_along(grid: GridView) -> None:
    show(grid, 1000)
    press_keys(grid, "End")
    assert top(grid) > 40_000
    assert grid._port.rect().contains(grid.tile_rect(1000))
    press_keys(grid, "Home")
    assert top(grid) == 0


def test_new_ones_above_do_not_move_what_one_looks_at(grid: GridView) -> None:
    grid.set_media(np.arange(1000, 0, -1))
    grid._bar.setValue(5000)
    click(grid, seen := int(grid.media[grid._geometry.visible(5000, 10).start + 5]))
    before = grid.tile_rect(seen)
    grid.set_media(np.arange(1100, 0, -1), keep=True)
    assert grid.tile_rect(seen).y() == before.y()
    assert (grid.selected(), grid.current) == ([seen], seen)


def test_at_the_top_one_stays_and_sees_the_new_ones(grid: GridView) -> None:
    grid.set_media(np.arange(1000, 0, -1))
    grid.set_media(np.arange(1100, 0, -1), keep=True)
    assert top(grid) == 0


def test_another_list_begins_at_its_beginning(grid: GridView) -> None:
    show(grid, 1000)
    grid._bar.setValue(5000)
    grid.select_all()
    grid.set_media(np.arange(1000, 0, -1))
    assert (top(grid), grid.selected_count, grid.current) == (0, 0, None)


def test_zoom_keeps_the_place(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 1000)
    grid._bar.setValue(5000)
    seen = int(grid.media[grid._geometry.visible(5000, 1).start])
    with qtbot.waitSignal(grid.zoomed) as told:
        grid.set_tile(96)
    assert told.args == [96] and grid._geometry.columns > 4
    assert grid._port.rect().intersects(grid.tile_rect(seen))
    grid.set_tile(5)
    assert grid.tile == TILES.start
    grid.set_tile(5000)
    assert grid.tile == TILES[-1]


@pytest.mark.parametrize(("turn", "expected"), [(120, TILE + TILES.step), (-120, TILE - TILES.step)])
def test_the_wheel_with_control_zooms(grid: GridView, turn: int, expected: int) -> None:
    show(grid, 100)
    wheel(grid._port, turn, CONTROL)
    assert grid.tile == expected
    wheel(grid._port, -120)
    assert (grid.tile, top(grid) > 0) == (expected, True)


def test_a_window_of_another_size_shows_the_same(grid: GridView) -> None:
    show(grid, 1000)
    grid._bar.setValue(5000)
    seen = int(grid.media[grid._geometry.visible(5000, 1).start])
    grid.resize(500, 500)
    assert grid._port.rect().intersects(grid.tile_rect(seen))


def test_going_to_one(grid: GridView) -> None:
    show(grid, 1000)
    assert grid.go_to(777) and grid.selected() == [777]
    assert grid._port.rect().contains(grid.tile_rect(777))
    assert not grid.go_to(5000)
    assert grid.tile_rect(5000).isEmpty()
    grid.go(1)
    assert grid.current == 778
    grid.go(-2)
    assert grid.current == 776


# The pointer


def test_the_button_on_a_tile_asks_for_more_like_it(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 10)
    move(grid._port, middle(grid, 3))
    assert grid._hovered == 2
    with qtbot.waitSignal(grid.wants_more_like) as told:
        hands.click(grid._port, tile.like_rect(grid.tile_rect(3)).center())
    assert told.args == [[3]] and grid.selected() == []
    grid.leaveEvent(QEvent(QEvent.Type.Leave))
    assert grid._hovered is None


def test_drawing_tiles_out(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 10)
    click(grid, 2)
    click(grid, 4, CONTROL)
    start = middle(grid, 4)
    TEST.mousePress(grid._port, LEFT, NO, start)
    with qtbot.assertNotEmitted(grid.drag_wanted):
        move(grid._port, start + QPoint(1, 1), LEFT)
    with qtbot.waitSignal(grid.drag_wanted) as told:
        move(grid._port, start + QPoint(30, 30), LEFT)
    assert told.args == [[2, 4]]
    with qtbot.assertNotEmitted(grid.drag_wanted):
        move(grid._port, start + QPoint(60, 60), LEFT)


def test_the_right_button_chooses_and_asks_for_a_menu(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 10)
    click(grid, 3, NO, RIGHT)
    assert grid.selected() == [3]
    click(grid, 5, CONTROL)
    click(grid, 3, NO, RIGHT)
    assert grid.selected() == [3, 5]
    with qtbot.waitSignal(grid.menu_wanted) as told:
        grid.customContextMenuRequested.emit(middle(grid, 3))
    assert grid._port.mapFromGlobal(told.args[0]) == middle(grid, 3)
    grid._selection.clear()
    with qtbot.assertNotEmitted(grid.menu_wanted):
        grid.customContextMenuRequested.emit(middle(grid, 3))


def test_the_menu_key_shows_the_menu_at_what_is_chosen(qtbot: QtBot, grid: GridView) -> None:
    show(grid, 1000)
    grid.go_to(900)
    grid._bar.setValue(0)
    with qtbot.waitSignal(grid.menu_wanted) as told:
        grid.customContextMenuRequested.emit(QPoint(-5, -5))
    assert grid.tile_rect(900).contains(grid._port.mapFromGlobal(told.args[0]))


def test_names_as_tooltips(qtbot: QtBot, grid: GridView, ten: list[int]) -> None:
    grid.set_media(np.array(ten))
    qtbot.waitUntil(lambda: grid._thumbnails.get(ten[0]) is not None)
    for point, text in (
        (middle(grid, ten[0]), "000009.jpg"),
        (tile.like_rect(grid.tile_rect(ten[0])).center(), "More like this (Ctrl+L)"),
    ):
        event = QHelpEvent(QEvent.Type.ToolTip, point, grid._port.mapToGlobal(point))
        assert QApplication.sendEvent(grid._port, event)
        assert QToolTip.text() == text
    QToolTip.hideText()


# What is painted


def color_at(grid: GridView, media: int) -> QColor:
    return painted(grid._port).pixelColor(middle(grid, media))


def near(one: QColor, other: QColor) -> bool:
    return max(abs(one.red() - other.red()), abs(one.green() - other.green()), abs(one.blue() - other.blue())) < 12


@pytest.mark.parametrize("whole", [False, True])
def test_pictures_are_painted_where_they_belong(qtbot: QtBot, grid: GridView, ten: list[int], whole: bool) -> None:
    grid.set_whole(whole)
    grid.set_media(np.array(ten))
    qtbot.waitUntil(
        lambda: grid._thumbnails.shelf.lacking(ten, Cut(grid._geometry.edge, whole, 1.0, theme.current())) == []
    )
    for content, media in zip(range(9, -1, -1), ten, strict=True):
        image = QImage.fromData(jpeg(content))
        assert near(color_at(grid, media), image.pixelColor(150, 100))
        corner = grid.tile_rect(media).topLeft() + QPoint(5, 5)
        assert near(painted(grid._port).pixelColor(corner), QColor(theme.current().page)) == whole


def test_what_is_chosen_has_a_frame(qtbot: QtBot, grid: GridView, ten: list[int]) -> None:
    grid.set_media(np.array(ten))
    qtbot.waitUntil(lambda: grid._thumbnails.get(ten[-1]) is not None)
    click(grid, ten[0])
    image = painted(grid._port)
    assert image.pixelColor(grid.tile_rect(ten[0]).topLeft() + QPoint(1, 1)) == QColor(theme.current().accent)
    assert image.pixelColor(grid.tile_rect(ten[1]).topLeft() + QPoint(1, 1)) != QColor(theme.current().accent)


def test_texts_show_words_and_bare_pictures_their_names(
    qtbot: QtBot, grid: GridView, writer: Writer, ten: list[int]
) -> None:
    text = add_caption(writer, "000001.jpg", "many words " * 60)
    [bare] = add(writer, 1, first=90, thumbnails=False)
    grid.set_media(np.array([text, bare]))
    qtbot.waitUntil(lambda: grid._thumbnails.get(bare) is not None)
    image = painted(grid._port)
    for media in (text, bare):
        rect = grid.tile_rect(media)
        inside = rect.adjusted(8, 8, -8, -8)
        ink = [
            image.pixelColor(x, y)
            for x in range(inside.left(), inside.right())
            for y in range(inside.top(), inside.bottom())
        ]
        assert sum(color.lightness() < 150 for color in ink) > 100  # something is written
        assert image.pixelColor(rect.left() + 4, rect.bottom() - 4) == QColor(
            theme.current().raised
        )  # and stays inside


@pytest.mark.parametrize(
    ("likely", "text"),
    [
        (0, "No likely match: these come nearest"),
        (1, "1 likely match above"),
        (5, "5 likely matches above"),
        (99, "10 likely matches above"),
    ],
)
def test_the_line_under_the_likely_ones(grid: GridView, likely: int, text: str) -> None:
    show(grid, 10, likely)
    assert grid.line_text() == text
    band = grid._geometry.band
    assert band is not None
    grid._bar.setValue(band.y)
    line = painted(grid._port).pixelColor(band.x + 2, band.y + (band.height - 1) // 2 - top(grid))
    assert line == QColor(theme.current().border)


def test_only_what_is_in_sight_is_painted_and_asked_for(
    qtbot: QtBot, grid: GridView, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(grid._thumbnails, "request", lambda visible, near, *_: asked.append(len(visible) + len(near)))
    show(grid, 1_000_000)
    grid._bar.setValue(grid._bar.maximum() // 2)
    qtbot.waitUntil(lambda: bool(asked))
    assert max(asked) < 100
    drawn: list[int] = []
    monkeypatch.setattr("aptl3.gui.grid.canvas.paint", lambda painter, rect, face, look, ratio: drawn.append(1))
    painted(grid._port)
    assert 12 <= len(drawn) <= 24


def test_nothing_found_is_said(grid: GridView) -> None:
    grid.set_media(np.empty(0, np.int64))
    before = painted(grid._port)
    grid.set_empty("Nothing found", "Try other words.")
    assert painted(grid._port) != before
