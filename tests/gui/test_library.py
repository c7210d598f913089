from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from aptl3.gui.foot import Foot
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.library import LibraryPage
from aptl3.gui.notice import Notice
from aptl3.gui.reading import Reader


@pytest.fixture
def page(qtbot: QtBot, reader: Reader) -> Iterator[LibraryPage]:
    page = LibraryPage(GridView(Thumbnails(reader)))
    qtbot.addWidget(page)
    page.resize(900, 500)
    page.show()
    yield page


def test_it_begins_with_an_empty_grid(page: LibraryPage) -> None:
    assert page.browsing and not page._header.isVisible()


def test_what_stands_above_the_grid(qtbot: QtBot, page: LibraryPage) -> None:
    bar, more = QLineEdit(), QLabel("more")
    page.ask_here(bar, more)
    qtbot.waitUntil(lambda: bar.width() > 600)
    assert more.isVisible() and more.x() > bar.x()


def test_what_stands_beside_the_grid(page: LibraryPage) -> None:
    page.set_aside(QLabel("details"))
    assert page.split.count() == 2


def test_what_is_shown_first(qtbot: QtBot, page: LibraryPage) -> None:
    first = Notice("folder", "Begin here", "With a folder.")
    with qtbot.waitSignal(page.turned):
        page.show_first()
    assert not page.browsing
    page.set_first(first)
    assert first.isVisible() and (first.accessibleName(), first.accessibleDescription()) == (
        "Begin here",
        "With a folder.",
    )
    page.show_refused("Use that version.")
    assert not first.isVisible()
    page.show_grid()
    assert page.browsing


def test_something_to_do_on_a_notice(qtbot: QtBot) -> None:
    notice, button = Notice("folder", "Begin here"), QLabel("do")
    qtbot.addWidget(notice)
    notice.add(button)
    notice.resize(400, 300)
    notice.show()
    assert button.isVisible() and button.y() > notice._headline.y()
    assert not notice._sentence.isVisible()


def test_what_goes_on_stands_at_the_left_of_the_foot(qtbot: QtBot) -> None:
    foot, running = Foot(), QLabel("running")
    qtbot.addWidget(foot)
    foot.add(running)
    foot.resize(800, 40)
    foot.show()
    foot.say_count(12345, 0)
    assert foot.count.text().replace(",", "") == "12345 shown"
    assert running.x() < foot.count.x() < foot.slider.x()
    foot.show_size(False)
    assert running.isVisible() and not foot.slider.isVisible() and not foot.count.isVisible()
