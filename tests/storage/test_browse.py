from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from aptl3.records.browsing import Filters, Sort
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState, PictureInfo, Result
from aptl3.records.relation import Caption
from aptl3.storage import browse, database
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import hash_of, ingest, thumbnail

FAR, NEAR = "/photographs/far", "/photographs/near"


def put(writer: Writer, folder: str, name: str, content: int, taken: str | None, changed: int = 0) -> int:
    """A photograph in the library, taken then, its file changed at ``changed`` seconds; its media id."""
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([folder], {"file": name, "content": content})
        entry = Entry(name, FileState(10, changed * 10**9))
        checkpoint.record_listing(job, folder, [entry], [], 0, [], [], None)
    [item] = writer.pending_items(job)
    info = PictureInfo("JPEG", 3, 2, taken, None)
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(Result(job, item.id, folder, entry, hash_of(content), info, {}, thumbnail(content)))
    media = writer.media_at(f"{folder}/{name}")
    assert media is not None
    return media


def ordered(store: Store, filters: Filters | None = None, sort: Sort = Sort.NEWEST) -> list[int]:
    return [int(id) for part in browse.order(store, filters or Filters(), sort) for id in part]


@pytest.fixture
def four(writer: Writer) -> list[int]:
    """Photographs of 2001, 2003 and 2002, and one of which only the file's time (1 September 2001 or 2 days later) is
    known."""
    return [
        put(writer, FAR, "a.jpg", 1, "2001-05-05T12:00:00"),
        put(writer, NEAR, "b.jpg", 2, "2003-05-05T12:00:00"),
        put(writer, NEAR, "c.jpg", 3, "2002-05-05T12:00:00"),
        put(writer, f"{NEAR}/deep", "d.jpg", 4, None, changed=1_000_000_000),
    ]


@pytest.mark.parametrize("part", [1, 2, 5000])
def test_the_order_is_by_date_whatever_the_parts(
    writer: Writer, four: list[int], part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "PART", part)
    a, b, c, d = four
    assert ordered(writer) == [b, c, d, a]
    assert ordered(writer, sort=Sort.OLDEST) == [a, d, c, b]


def test_media_of_one_date_come_once_each(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse, "PART", 3)
    media = [put(writer, FAR, f"{number}.jpg", number, "2001-01-01T00:00:00") for number in range(7)]
    assert ordered(writer) == media[::-1]
    assert ordered(writer, sort=Sort.OLDEST) == media


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(folder=NEAR), "bcd"),
        (Filters(folder=f"{NEAR}/deep"), "d"),
        (Filters(folder="/photographs/nea"), ""),
        (Filters(folder="/"), "bcda"),
        (Filters(since=date(2002, 5, 5)), "bc"),
        (Filters(until=date(2002, 5, 5)), "cda"),
        (Filters(since=date(2002, 1, 1), until=date(2002, 12, 31)), "c"),
        (Filters(folder=NEAR, until=date(2002, 1, 1)), "d"),
        (Filters(modality="text"), ""),
        (Filters(modality="any"), "bcda"),
    ],
)
def test_filters(
    writer: Writer, four: list[int], filters: Filters, expected: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "_FEW", few)  # small folders and large ones are read in two ways
    media = dict(zip("abcd", four, strict=True))
    wanted = [media[letter] for letter in expected]
    assert ordered(writer, filters) == wanted
    given = np.array([*four, 99, four[0]], np.int64)
    assert browse.arranged(writer, given, filters, Sort.NEWEST).tolist() == wanted
    assert browse.arranged(writer, given, filters, None).tolist() == [id for id in four if id in wanted]


def test_what_is_at_no_place_is_not_shown_until_it_is_back(writer: Writer, four: list[int]) -> None:
    a, _, c, _ = four
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing(NEAR)
    assert ordered(writer) == [a]
    assert put(writer, FAR, "again.jpg", 3, None) == c
    assert ordered(writer) == [c, a]
    with writer.checkpoint() as checkpoint:
        checkpoint.remove([f"{FAR}/again.jpg", f"{FAR}/a.jpg"])
    assert ordered(writer) == []


def test_a_file_that_holds_something_else_now_takes_its_date_along(writer: Writer) -> None:
    old = put(writer, FAR, "a.jpg", 1, None, changed=1_000_000_000)
    other = put(writer, FAR, "b.jpg", 2, None, changed=1_100_000_000)
    assert ordered(writer) == [other, old]
    assert put(writer, FAR, "a.jpg", 3, None, changed=1_200_000_000) not in (old, other)
    assert old not in ordered(writer)
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([FAR], {})
        checkpoint.record_listing(job, FAR, [], [], 0, [], [("b.jpg", Reason.UNREADABLE, "no")], None)
    assert other in ordered(writer)


@pytest.mark.parametrize("taken", ["no date", "2001-99-99T00:00:00", None])
@pytest.mark.parametrize("changed", [0, 1_000_000_000, -(10**9), 2**62 // 10**9])
def test_dates_that_make_no_sense_hide_nothing(writer: Writer, taken: str | None, changed: int) -> None:
    assert ordered(writer) == [] != (media := [put(writer, FAR, "a.jpg", 1, taken, changed)])
    assert ordered(writer) == media


def test_a_camera_s_time_and_a_file_s_are_of_one_clock(writer: Writer) -> None:
    now = int(time.time()) // 3600 * 3600
    wall = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(now + 60))
    before, taken, after = (
        put(writer, FAR, "a.jpg", 1, None, changed=now),
        put(writer, FAR, "b.jpg", 2, wall),
        put(writer, FAR, "c.jpg", 3, None, changed=now + 120),
    )
    assert ordered(writer) == [after, taken, before]


def test_tiles(writer: Writer, four: list[int]) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(f"{FAR}/a.jpg", "words " * 100)])
    [text] = writer.captions_of(four[0])
    found = browse.tiles(writer, [text, four[3], 99])
    assert set(found) == {text, four[3]}
    picture, words = found[four[3]], found[text]
    assert (picture.name, picture.jpeg, picture.words) == ("d.jpg", thumbnail(4).jpeg, None)
    assert words.modality == "text" and words.jpeg is None
    assert words.words == ("words " * 100)[: browse.WORDS]
    assert words.name == ""


def test_texts_are_shown_when_they_are_asked_for(writer: Writer, four: list[int]) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(f"{FAR}/a.jpg", "one"), Caption(f"{FAR}/a.jpg", "two")])
    texts = sorted(writer.captions_of(four[0]), reverse=True)
    assert ordered(writer, Filters(modality="text")) == texts
    assert ordered(writer, Filters(modality="any"))[-2:] == texts
    assert len(ordered(writer)) == 4


def test_details(writer: Writer) -> None:
    [media, _] = ingest(writer, {"a.jpg": 1, "copy.jpg": 1})
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption("/photographs/a.jpg", "a box")])
    told = browse.details(writer, media)
    assert told is not None and told.info == writer.media_info(media)
    assert [place.path for place in told.places] == ["/photographs/a.jpg", "/photographs/copy.jpg"]
    assert time.gmtime(told.date)[:3] == (2020, 2, 2)
    [(text, words)] = told.captions
    assert (words, told.models, told.words, told.pictures) == ("a box", ("red", "blue"), None, ())
    caption = browse.details(writer, text)
    assert caption is not None and (caption.words, caption.pictures, caption.date) == ("a box", (media,), 0)
    assert browse.details(writer, 99) is None


def test_paths_of_what_lies_in_files(writer: Writer, four: list[int]) -> None:
    a, _, c, d = four
    put(writer, NEAR, "a again.jpg", 1, None)
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "here", [Caption(f"{FAR}/a.jpg", "one")])
        checkpoint.flag_missing(f"{NEAR}/deep")
    [text] = writer.captions_of(a)
    assert browse.paths(writer, [c, text, a, d, 99]) == [f"{NEAR}/c.jpg", f"{FAR}/a.jpg"]
    assert browse.folders(writer) == [FAR, NEAR]


def test_more_media_than_a_statement_takes(writer: Writer, root: Path) -> None:
    many: Sequence[int] = range(1, 3000)
    assert browse.tiles(writer, many) == {}
    assert browse.paths(writer, many) == []
    assert browse.arranged(writer, np.array(many), Filters(folder="/x"), None).tolist() == []


def test_a_commit_of_somebody_else_is_noticed(writer: Writer, root: Path) -> None:
    with Store.open(root) as store:
        before = browse.state(store)
        assert browse.state(store) == before
        put(writer, FAR, "a.jpg", 1, None)
        version, counts = browse.state(store)
        assert version != before[0] and counts.media == 1


def test_a_library_from_before_gets_its_dates(root: Path, tmp_path: Path) -> None:
    schema = tmp_path / "schema"
    schema.mkdir()
    for script in database.migrations()[:2]:
        (schema / script.name).write_text(script.read_text())
    root.mkdir()
    with closing(database.connect_writer(root / "library.sqlite3", schema)) as connection:
        connection.execute("INSERT INTO folder (id, path) VALUES (1, CAST('/x' AS BLOB))")
        connection.execute(
            "INSERT INTO media (hash, size, format, width, height, taken_at) VALUES"
            " (zeroblob(16), 3, 'PNG', 2, 1, '2001-01-01T00:00:00'), (zeroblob(15), 3, 'PNG', 2, 1, NULL),"
            " (zeroblob(14), 3, 'PNG', 2, 1, NULL)"
        )
        connection.execute(
            "INSERT INTO location VALUES (1, x'61', 3, 0, 1, 0), (1, x'62', 3, 1500000000000000000, 2, 0)"
        )
    with Writer.open(root) as writer:
        assert ordered(writer) == [2, 1]
