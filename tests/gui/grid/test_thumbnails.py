from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtGui import QImage
from pytestqt.qtbot import QtBot

from aptl3.gui.grid.face import Cut, Face
from aptl3.gui.grid.thumbnails import SMALL, Shelf, Thumbnails
from aptl3.gui.reading import Reader
from aptl3.gui.theme import DARK, LIGHT, Colors
from aptl3.storage.writer import Writer
from tests.gui.library import add


def cut(edge: int, whole: bool = False, colors: Colors = LIGHT) -> Cut:
    return Cut(edge, whole, 1.0, colors)


def face(media: int, edge: int = 20, words: str | None = None) -> Face:
    image = QImage(edge, edge, QImage.Format.Format_RGB32)
    return Face(media, "image" if words is None else "text", "a.jpg", words, image, cut(edge))


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 40)), max_size=60),
    st.sets(st.integers(1, 30), max_size=5),
    st.integers(0, 40_000),
)
def test_the_shelf_keeps_to_its_room_but_for_what_is_seen(
    put: list[tuple[int, int]], seen: set[int], room: int
) -> None:
    shelf = Shelf(room)
    shelf.see(seen)
    for media, edge in put:
        shelf.put(face(media, edge))
        kept = [found for one in range(1, 31) if (found := shelf.get(one)) is not None]
        assert shelf.bytes == sum(one.bytes for one in kept)
        assert shelf.bytes <= room or {one.media for one in kept} <= seen
    assert {media for media, _ in put} & seen <= {one for one in range(1, 31) if shelf.get(one)}


def test_the_longest_unseen_go_first() -> None:
    shelf = Shelf(3 * face(1).bytes)
    for media in (1, 2, 3):
        shelf.put(face(media))
    shelf.see([1])
    shelf.see([])
    shelf.put(face(4))
    assert [media for media in range(1, 5) if shelf.get(media)] == [1, 3, 4]


def test_what_is_of_another_size_is_lacking_but_shown_until_then() -> None:
    shelf = Shelf(1 << 20)
    shelf.put(face(1, edge=20))
    shelf.put(face(2, edge=20, words="words"))
    shelf.put(Face(3, "image", "bare.jpg", None, None, cut(1)))
    assert shelf.lacking([1, 2, 3, 4], cut(20)) == [4]
    assert shelf.lacking([1, 2, 3, 4], cut(21)) == [1, 2, 4]
    assert shelf.lacking([1, 2, 3, 4], cut(20, True)) == [1, 2, 4]
    assert shelf.lacking([1, 2, 3, 4], cut(20, colors=DARK)) == [2, 4]
    assert shelf.get(1) is not None


@pytest.fixture
def thumbnails(reader: Reader) -> Thumbnails:
    reader.start()
    return Thumbnails(reader)


def test_faces_arrive_visible_ones_first(qtbot: QtBot, thumbnails: Thumbnails, ten: list[int]) -> None:
    arrived: list[int] = []
    thumbnails.arrived.connect(arrived.extend)
    thumbnails.request(ten[5:], ten[:5], cut(50))
    qtbot.waitUntil(lambda: len(arrived) == 10)
    assert set(arrived[:5]) == set(ten[5:])
    shown = thumbnails.get(ten[0])
    assert shown is not None and shown.image is not None and shown.name == "000009.jpg"
    assert (shown.image.width(), shown.image.height()) == (50, 50)


def test_what_is_here_is_not_asked_for_again(qtbot: QtBot, thumbnails: Thumbnails, ten: list[int]) -> None:
    with qtbot.waitSignal(thumbnails.arrived):
        thumbnails.request(ten[:3], [], cut(50))
    with qtbot.waitSignal(thumbnails.arrived) as arrived:
        thumbnails.request(ten[:4], [], cut(50))
    assert arrived.args == [[ten[3]]]


def test_a_thumbnail_that_comes_later_is_seen(qtbot: QtBot, thumbnails: Thumbnails, writer: Writer) -> None:
    [bare] = add(writer, 1, thumbnails=False)
    with qtbot.waitSignal(thumbnails.arrived):
        thumbnails.request([bare], [], cut(50))
    assert thumbnails.shelf.lacking([bare], cut(50)) == []
    with qtbot.waitSignal(thumbnails._reader.changed):
        add(writer, 1, first=1)
    assert thumbnails.shelf.lacking([bare], cut(50)) == [bare]


def test_there_is_room_for_some_screens_however_large(qtbot: QtBot, reader: Reader, ten: list[int]) -> None:
    reader.start()
    thumbnails = Thumbnails(reader, room=1)
    arrived: list[int] = []
    thumbnails.arrived.connect(arrived.extend)
    thumbnails.request(ten[:5], ten[5:], cut(50))
    qtbot.waitUntil(lambda: len(arrived) == 10)
    assert thumbnails.shelf.lacking(ten, cut(50)) == []
    thumbnails.request([], [], cut(50))
    assert thumbnails.shelf.room == 1


def test_single_faces_for_others(qtbot: QtBot, thumbnails: Thumbnails, ten: list[int]) -> None:
    arrived: list[int] = []
    thumbnails.arrived.connect(arrived.extend)
    thumbnails.ask(ten[2])
    thumbnails.ask(ten[7])
    qtbot.waitUntil(lambda: set(arrived) == {ten[2], ten[7]})
    shown = thumbnails.get(ten[7])
    assert shown is not None and shown.image is not None and shown.image.width() == SMALL
    thumbnails.ask(ten[7])
    with qtbot.waitSignal(thumbnails.arrived) as told:
        thumbnails.ask(ten[3])
    assert told.args == [[ten[3]]]
