from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.failures import page as module
from aptl3.gui.failures.model import FILE, FOLDER, TRIES, WHY
from aptl3.gui.failures.page import FailuresPage
from aptl3.gui.reading import Reader
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState
from aptl3.storage.url import path_to_url
from aptl3.storage.writer import Writer
from tests.gui.hands import TEST, press_keys

FOLDER_NAME = "/photographs"


def fail(writer: Writer, count: int, first: int = 0, reason: Reason = Reason.CORRUPT) -> list[str]:
    """URLs of files that failed, in their order."""
    names = [f"{number:05}.jpg" for number in range(first, first + count)]
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([FOLDER_NAME], {"first": first})
        entries = [Entry(name, FileState(1, 1)) for name in names]
        checkpoint.record_listing(job, FOLDER_NAME, entries, [], 0, [], [], None)
    items = writer.pending_items(job, limit=count)
    with writer.checkpoint() as checkpoint:
        for item in items:
            checkpoint.fail_item(job, item.id, "decoder", reason, f"The bytes of {item.entry.name} are bad.")
    return [path_to_url(f"{FOLDER_NAME}/{name}") for name in names]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.gui.reading.LOOK", 20)
    monkeypatch.setattr(module, "PAUSE", 20)
    monkeypatch.setattr(module, "PAGE", 50)


@pytest.fixture
def page(qtbot: QtBot, reader: Reader, writer: Writer) -> Iterator[FailuresPage]:
    """Shown, over a library without failures."""
    page = FailuresPage(reader)
    qtbot.addWidget(page)
    page.resize(900, 500)
    page.show()
    reader.start()
    yield page


def texts(page: FailuresPage, row: int) -> list[str]:
    return [page.model.index(row, column).data() for column in (FILE, WHY, FOLDER, TRIES)]


def test_without_failures_it_says_so(qtbot: QtBot, page: FailuresPage, reader: Reader) -> None:
    with qtbot.waitSignal(reader.changed):
        pass
    assert page.stack.currentWidget() is page.nothing


def test_a_library_that_is_not_there_has_none(qtbot: QtBot, reader: Reader, root: Path) -> None:
    page = FailuresPage(reader)
    qtbot.addWidget(page)
    with qtbot.assertNotEmitted(reader.failed):
        reader.start()
        with qtbot.waitSignal(reader.missing):
            page.show()
    assert page.stack.currentWidget() is page.nothing


def test_failures_are_listed_as_they_come(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 1)
    qtbot.waitUntil(lambda: len(page.model.rows) == 1)
    assert page.headline.text() == "One file could not be read"
    assert texts(page, 0) == ["00000.jpg", "the file is damaged", FOLDER_NAME, "1"]
    tip = page.model.index(0, WHY).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"{FOLDER_NAME}/00000.jpg\nThe bytes of 00000.jpg are bad."
    fail(writer, 2, 1, Reason.EMPTY)
    qtbot.waitUntil(lambda: len(page.model.rows) == 3)
    assert page.headline.text() == "3 files could not be read"
    assert texts(page, 2)[1] == "the file is empty"
    with writer.checkpoint() as checkpoint:
        checkpoint.forget_failures()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.nothing)


def test_every_reason_has_words(page: FailuresPage, writer: Writer, qtbot: QtBot) -> None:
    for number, reason in enumerate(Reason):
        fail(writer, 1, number, reason)
    qtbot.waitUntil(lambda: len(page.model.rows) == len(Reason))
    assert len({texts(page, row)[1] for row in range(len(Reason))}) == len(Reason)


def test_many_are_read_as_somebody_scrolls(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 180)
    qtbot.waitUntil(lambda: len(page.model.rows) >= 50)
    qtbot.waitUntil(lambda: page.headline.text() == "180 files could not be read")
    assert len(page.model.rows) < 180
    press_keys(page.table, "Ctrl+End", "End")
    qtbot.waitUntil(lambda: _at_the_end(page))
    assert [one.url for one in page.model.rows] == sorted(one.url for one in page.model.rows)


def _at_the_end(page: FailuresPage) -> bool:
    page.table.scrollToBottom()
    return len(page.model.rows) == 180 and page.model.complete


def test_what_is_chosen_is_kept_when_others_fail(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    urls = fail(writer, 3, first=10)
    qtbot.waitUntil(lambda: len(page.model.rows) == 3)
    page.table.selectRow(1)
    assert page.detail.text() == f"{FOLDER_NAME}/00011.jpg\ndecoder: The bytes of 00011.jpg are bad."
    fail(writer, 5)  # before them
    qtbot.waitUntil(lambda: len(page.model.rows) == 8)
    assert [one.url for one in page.chosen] == [urls[1]]


def test_the_chosen_or_all_are_tried_again_and_forgotten(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    urls = fail(writer, 3)
    qtbot.waitUntil(lambda: len(page.model.rows) == 3)
    assert (page.retry.text(), page.forget.text()) == ("&Try all again", "Fo&rget all")
    with qtbot.waitSignal(page.retry_wanted) as wanted:
        page.retry.click()
    assert wanted.args == [None]
    page.table.selectRow(2)
    assert (page.retry.text(), page.retry.toolTip()) == ("&Try again", "Try again (Ctrl+R)")
    with qtbot.waitSignal(page.forget_wanted) as wanted:
        press_keys(page.table, "Del")
    assert wanted.args == [[urls[2]]]
    press_keys(page.table, "Ctrl+A")
    assert page.retry.text() == "&Try 3 again" and page.detail.text() == ""
    with qtbot.waitSignal(page.retry_wanted) as wanted:
        press_keys(page, "Ctrl+R")
    assert wanted.args == [urls]


def test_one_is_shown_in_its_folder(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 2)
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
    assert not page.show_file.isEnabled()
    page.table.selectRow(1)
    with qtbot.waitSignal(page.show_wanted) as shown:
        page.show_file.click()
    assert shown.args == [f"{FOLDER_NAME}/00001.jpg"]
    viewport = page.table.viewport()
    assert viewport is not None
    row = page.table.visualRect(page.model.index(0, 0)).center()
    TEST.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, row)
    with qtbot.waitSignal(page.show_wanted) as shown:
        TEST.mouseDClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(row))
    assert shown.args == [f"{FOLDER_NAME}/00000.jpg"]


def test_paths_are_copied(qtbot: QtBot, qapp: QApplication, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 2)
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
    clipboard = qapp.clipboard()
    assert clipboard is not None
    for keys in ("Ctrl+C", "Ctrl+Alt+C"):
        clipboard.setText("")
        press_keys(page.table, "Ctrl+A", keys)
        assert clipboard.text() == f"{FOLDER_NAME}/00000.jpg\n{FOLDER_NAME}/00001.jpg"


def test_some_are_looked_out_and_only_they_are_tried_again(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 120)
    empty = fail(writer, 60, 120, Reason.EMPTY)
    qtbot.waitUntil(lambda: page.headline.text() == "180 files could not be read")
    page.line.reason.setCurrentText("the file is empty")
    assert not page.retry.isEnabled()  # others are still shown
    with qtbot.assertNotEmitted(page.forget_wanted):
        press_keys(page.table, "Del")
    qtbot.waitUntil(lambda: page.headline.text() == "60 of 180 files that could not be read")
    assert [one.url for one in page.model.rows] == empty
    with qtbot.waitSignal(page.retry_wanted) as wanted:
        page.retry.click()
    assert wanted.args == [empty] and page.retry.text() == "&Try 60 again"
    page.table.selectRow(3)
    page.line.words.setText("Photographs 00123")
    qtbot.waitUntil(lambda: [one.url for one in page.model.rows] == [empty[3]])
    assert not page.chosen
    page.line.words.setText("none of them")
    qtbot.waitUntil(lambda: page.headline.text() == "0 of 180 files that could not be read")
    assert page.table.isVisible() and not page.retry.isEnabled() and not page.forget.isEnabled()
    page.line.words.clear()
    page.line.reason.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page.headline.text() == "180 files could not be read")
    assert page.retry.text() == "&Try all again"


def test_keys_lead_to_the_sieve(qtbot: QtBot, page: FailuresPage, writer: Writer) -> None:
    fail(writer, 1)
    qtbot.waitUntil(lambda: len(page.model.rows) == 1)
    press_keys(page.table, "Alt+N")
    assert page.line.words.hasFocus()
    with qtbot.assertNotEmitted(page.forget_wanted):
        press_keys(page.line.words, "x", "Home", "Del")  # a letter, not a file
    press_keys(page.table, "Alt+Y")
    assert page.line.reason.hasFocus()
