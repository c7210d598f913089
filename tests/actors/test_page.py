"""Pages of listings: nothing is lost or told twice, whatever the names and the room."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.page import Kind, Page, compare, cut, refusal
from aptl3.records.failure import Reason
from aptl3.records.media import Entry, FileState

# Names as os.fsdecode gives them: any bytes but "/" and NUL.
NAMES = st.binary(min_size=1, max_size=40).map(lambda b: b.replace(b"/", b"_").replace(b"\0", b"_")).map(os.fsdecode)
STATES = st.builds(FileState, st.integers(0, 1 << 40), st.integers(-(1 << 62), 1 << 62))


@given(st.dictionaries(NAMES, STATES, max_size=30), st.integers(300, 3000))
def test_pages_together_hold_every_row_once_in_order(files: dict[str, FileState], room: int) -> None:
    rows = compare([Entry(name, state) for name, state in files.items()], [], [], {})
    seen: list[str] = []
    after = None
    while True:
        page = Page.decode(cut("/folder", rows, after, room).encode())
        seen += [entry.name for entry in page.queue]
        assert {entry.name: entry.state for entry in page.queue}.items() <= files.items()
        after = page.after
        if after is None:
            break
    assert seen == sorted(files, key=os.fsencode)


@given(st.lists(NAMES, unique=True, min_size=1, max_size=40), st.integers(1200, 4000))
def test_a_page_with_more_than_one_row_fits_into_its_room(names: list[str], room: int) -> None:
    rows = compare([], [], [(name, Reason.UNREADABLE, "Keine Rechte: é") for name in names], {})
    page = cut("/folder", rows, None, room)
    assert len(page.rows) == 1 or len(page.encode()) <= room


def test_what_is_unchanged_and_complete_is_not_queued() -> None:
    state, changed = FileState(10, 20), FileState(10, 21)
    known = {"same": (state, True), "lacking": (state, False), "changed": (state, True)}
    files = [Entry("same", state), Entry("lacking", state), Entry("changed", changed), Entry("new", state)]
    page = cut("/f", compare(files, ["sub"], [], known), None, 1 << 16)
    assert [entry.name for entry in page.queue] == ["changed", "lacking", "new"]
    assert page.same == 1
    assert page.names(Kind.FOLDER) == ["sub"]


@given(st.dictionaries(NAMES, st.booleans(), min_size=1, max_size=60), st.integers(300, 3000))
def test_what_is_unchanged_is_counted_and_takes_no_room(names: dict[str, bool], room: int) -> None:
    state = FileState(1, 1)
    rows = compare(
        [Entry(name, state) for name in names], [], [], {name: (state, same) for name, same in names.items()}
    )
    pages = [Page.decode(cut("/folder", rows, None, room).encode())]
    while (after := pages[-1].after) is not None:
        pages.append(Page.decode(cut("/folder", rows, after, room).encode()))
    assert sum(page.same for page in pages) == sum(names.values())
    assert sorted(entry.name for page in pages for entry in page.queue) == sorted(n for n in names if not names[n])
    assert len(pages) <= max(1, sum(not same for same in names.values()))


def test_a_folder_that_lists_nothing_tells_of_nothing_gone() -> None:
    known = {"photo": (FileState(1, 1), True)}
    assert compare([], [], [], known) == []
    assert compare([], [], [], known, ["folder"]) == []
    rows = compare([Entry("other", FileState(1, 1))], [], [], known, ["folder"])
    assert [(row.name, row.kind) for row in rows] == [
        ("folder", Kind.GONE_FOLDER),
        ("other", Kind.NEW),
        ("photo", Kind.GONE),
    ]


def test_a_refusal_names_the_folder_and_nothing_else() -> None:
    page = Page.decode(refusal("/gone", Reason.VANISHED, "not there").encode())
    assert page.refused == [("", Reason.VANISHED, "not there")]
    assert page.queue == []
    assert page.after is None
