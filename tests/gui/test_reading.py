from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from aptl3.gui import reading
from aptl3.gui.grid.face import Cut
from aptl3.gui.reading import Reader
from aptl3.gui.theme import LIGHT
from aptl3.records.browsing import Details, Filters, Sort
from aptl3.records.store import Counts
from aptl3.storage import browse
from aptl3.storage.writer import Writer
from tests.gui.library import FOLDER, add, add_caption, new_library


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LOOK", 20)


def test_a_library_that_comes_later_is_opened(qtbot: QtBot, reader: Reader, root: Path) -> None:
    with qtbot.waitSignal(reader.missing):
        reader.start()
    with qtbot.waitSignals([reader.opened, reader.changed]), new_library(root) as writer:
        add(writer, 2)


def test_what_others_commit_is_noticed(qtbot: QtBot, reader: Reader, writer: Writer) -> None:
    with qtbot.waitSignal(reader.changed) as told:
        reader.start()
    assert told.args == [Counts(0, 0, 0, 0, 0)]
    with qtbot.waitSignal(reader.changed, check_params_cb=lambda counts: counts.media == 3):
        add(writer, 3)


def test_nothing_is_told_when_nothing_happens(qtbot: QtBot, reader: Reader, writer: Writer) -> None:
    with qtbot.waitSignal(reader.changed):
        reader.start()
    answered: list[object] = []
    with qtbot.assertNotEmitted(reader.changed), qtbot.assertNotEmitted(reader.opened):
        for number in range(3):
            reader.look()
            reader.do(f"after {number}", lambda _: None, answered.append)
        qtbot.waitUntil(lambda: len(answered) == 3)


def test_a_library_that_is_removed_is_missing_and_its_successor_opened(
    qtbot: QtBot, reader: Reader, root: Path
) -> None:
    with new_library(root) as writer:
        add(writer, 1)
    with qtbot.waitSignal(reader.opened):
        reader.start()
    with qtbot.waitSignal(reader.missing):
        shutil.rmtree(root)
    with qtbot.waitSignal(reader.opened), new_library(root) as writer:
        add(writer, 2)


def test_a_library_that_cannot_be_read_says_why_once(qtbot: QtBot, reader: Reader, root: Path) -> None:
    new_library(root).close()
    with closing(sqlite3.connect(root / "library.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with qtbot.waitSignal(reader.refused) as told:
        reader.start()
    assert "newer aptl3" in told.args[0]
    answered: list[object] = []
    with qtbot.assertNotEmitted(reader.refused), qtbot.assertNotEmitted(reader.failed):
        reader.look()
        reader.do("after", lambda _: None, answered.append, otherwise=answered.append)
        qtbot.waitUntil(lambda: bool(answered))


def test_the_order_begins_with_its_first_page(
    qtbot: QtBot, reader: Reader, ten: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "PART", 4)
    answers: list[tuple[int, list[int], bool]] = []
    reader.ordered.connect(lambda number, media, complete: answers.append((number, media.tolist(), complete)))
    reader.start()
    reader.order(7, Filters(), Sort.NEWEST)
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers == [(7, ten[:4], False), (7, ten, True)]
    reader.order(8, Filters(folder="/elsewhere"), Sort.OLDEST)
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert answers[2] == (8, [], True)


def test_an_order_that_cannot_be_read_is_told(qtbot: QtBot, reader: Reader) -> None:
    with qtbot.waitSignal(reader.unordered) as told, qtbot.assertNotEmitted(reader.failed):
        reader.start()
        reader.order(3, Filters(), Sort.NEWEST)
    assert told.args == [3]


def test_details_and_places(qtbot: QtBot, reader: Reader, writer: Writer, ten: list[int]) -> None:
    text = add_caption(writer, "000009.jpg", "a dog")
    reader.start()
    with qtbot.waitSignal(reader.detailed) as told:
        reader.detail(5, ten[0])
    number, details = told.args
    assert number == 5 and isinstance(details, Details) and details.captions == ((text, "a dog"),)
    with qtbot.waitSignal(reader.detailed) as told:
        reader.detail(6, 12345)
    assert told.args == [6, None]
    with qtbot.waitSignal(reader.placed) as placed:
        reader.places(7, [ten[0], text])
    assert placed.args == [7, [f"{FOLDER}/000009.jpg"]]


def test_a_text_has_its_words(qtbot: QtBot, reader: Reader, writer: Writer, ten: list[int]) -> None:
    text = add_caption(writer, "000000.jpg", "a dog")
    reader.start()
    with qtbot.waitSignal(reader.faces) as told:
        reader.show([text], [], Cut(50, False, 1.0, LIGHT))
    [face] = told.args[0]
    assert (face.media, face.words, face.modality) == (text, "a dog", "text")
    assert face.image is not None


def test_when_all_that_is_visible_was_told_is_told(qtbot: QtBot, reader: Reader, ten: list[int]) -> None:
    told: list[object] = []
    reader.faces.connect(lambda faces: told.extend(face.media for face in faces))
    reader.shown.connect(lambda: told.append("shown"))
    reader.start()
    reader.show(ten[:9], ten[9:], Cut(50, False, 1.0, LIGHT))  # more than are read at once
    qtbot.waitUntil(lambda: len(told) == 11)
    assert set(told[:9]) == set(ten[:9]) and told[9:] == ["shown", ten[9]]
    with qtbot.waitSignal(reader.shown):
        reader.show([], [], Cut(50, False, 1.0, LIGHT))


def test_where_nothing_can_be_shown_nobody_waits_for_it(qtbot: QtBot, reader: Reader) -> None:
    reader.start()
    with qtbot.waitSignal(reader.shown):
        reader.show([1], [], Cut(50, False, 1.0, LIGHT))


def test_damage_met_on_the_way_is_told(
    qtbot: QtBot, reader: Reader, writer: Writer, ten: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        from aptl3.errors import LibraryDamaged

        raise LibraryDamaged("restore it from a backup")

    monkeypatch.setattr(browse, "tiles", damaged)
    reader.start()
    with qtbot.waitSignal(reader.failed) as told:
        reader.show(ten, [], Cut(50, False, 1.0, LIGHT))
    assert told.args == ["restore it from a backup"]


def test_ids_are_numbers_of_64_bits(qtbot: QtBot, reader: Reader, ten: list[int]) -> None:
    reader.start()
    with qtbot.waitSignal(reader.ordered) as told:
        reader.order(1, Filters(), Sort.NEWEST)
    assert told.args[1].dtype == np.int64
